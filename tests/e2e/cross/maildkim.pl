#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# maildkim - Mail::DKIM, DomainKeys too; the interface is that of oracle.py, and in
# signing there is a file for each kind: FOLDER/NN.maildkim-rsa, -ed25519 and -dk.
use strict;
use warnings;
use Mail::DKIM::DkSignature;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;

my ($verb, $folder, $keys) = @ARGV;
my %canon = (r => 'relaxed', s => 'simple');
$| = 1;

sub numbers {
	my ($suffix) = @_;
	return sort { $a <=> $b } map { m{(\d+)\.$suffix$} } glob("$folder/*.$suffix");
}

sub slurp {
	my ($path) = @_;
	open(my $file, '<:raw', $path) or die "$path: $!";
	local $/;
	return scalar <$file>;
}

sub say_result {
	my ($number, $selector, $result) = @_;
	$result =~ s/\s+/ /g;
	print join("\t", $number, 'maildkim', $selector, $result), "\n";
}

sub verify {
	my ($number) = @_;
	my $verifier = Mail::DKIM::Verifier->new;
	$verifier->PRINT(slurp("$folder/$number.eml"));
	$verifier->CLOSE;
	for my $signature ($verifier->signatures) {
		my $result = $signature->result // 'none';
		say_result($number, $signature->selector // '', $result eq 'pass' ? $result : $signature->result_detail // $result);
	}
}

sub add_dkim {
	my ($signer, $kind) = @_;
	for my $header (qw(r s)) {
		for my $body (qw(r s)) {
			$signer->add_signature(Mail::DKIM::Signature->new(
				Algorithm => "$kind-sha256", Method => "$canon{$header}/$canon{$body}", Headers => $signer->headers,
				Domain => 'sender.example', Selector => "maildkim-$kind-$header$body"));
		}
	}
}

sub add_domainkeys {
	my ($signer) = @_;
	for my $canon (qw(nofws simple)) {
		$signer->add_signature(Mail::DKIM::DkSignature->new(
			Algorithm => 'rsa-sha1', Method => $canon, Headers => $signer->headers,
			Domain => 'sender.example', Selector => "maildkim-dk-$canon"));
	}
}

# sign(NUMBER, KIND, KEY, POLICY): all signatures of the policy, into NUMBER.maildkim-KIND
sub sign {
	my ($number, $kind, $key, $policy) = @_;
	my $suffix = "maildkim-$kind";
	my $fields = eval {
		my $signer = Mail::DKIM::Signer->new(Algorithm => "$key-sha256", KeyFile => "$keys/$key.pem", Domain => 'sender.example',
			Policy => sub { $policy->($_[0], $kind); 0 });
		$signer->PRINT(slurp("$folder/$number.crlf"));
		$signer->CLOSE;
		join '', map { $_->as_string . "\r\n" } $signer->signatures;
	};
	say_result($number, 'sign', "$suffix: $@") unless defined $fields;
	open(my $out, '>:raw', "$folder/$number.$suffix") or die "$folder/$number.$suffix: $!";
	print $out $fields // '';
	close $out;
}

say_result('version', '', Mail::DKIM::Verifier->VERSION);
if ($verb eq 'verify') {
	verify($_) for numbers('eml');
} else {
	for my $number (numbers('crlf')) {
		sign($number, $_, $_, \&add_dkim) for qw(rsa ed25519);
		sign($number, 'dk', 'rsa', \&add_domainkeys);
	}
}
