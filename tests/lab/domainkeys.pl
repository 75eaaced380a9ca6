#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# domainkeys.pl - what Mail::DKIM says of the DomainKeys signatures of the message on
# standard input, a line each; exits 0 when there is one and all pass. Keys are in DNS.
use strict;
use warnings;
use Mail::DKIM::Verifier;

my $verifier = Mail::DKIM::Verifier->new;
while (my $line = <STDIN>) {
	$line =~ s/\r?\n?\z/\r\n/;
	$verifier->PRINT($line);
}
$verifier->CLOSE;
my @found = grep { $_->isa('Mail::DKIM::DkSignature') } $verifier->signatures;
for my $signature (@found) {
	printf "domainkeys=%s header.d=%s header.s=%s header.a=%s\n", $signature->result_detail, $signature->domain,
		$signature->selector, $signature->algorithm;
}
exit !(@found && !grep { $_->result ne 'pass' } @found);
