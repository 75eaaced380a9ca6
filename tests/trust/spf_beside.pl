#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# spf_beside.pl - answers the questions of spf_lines' feed (standard input) with Mail::SPF, a line each: the result,
# a tab, and what it says.
use strict;
use warnings;

package Zone;    # what Mail::SPF takes for a resolver

use Net::DNS::Packet;
use Net::DNS::RR;

sub new { return bless { rows => {}, error => '' }, shift }
sub errorstring { return $_[0]{error} }

sub add {
	my ($self, $name, $type, $value) = @_;
	push @{ $self->{rows}{lc $name}{$type} }, $value;
}

sub record {
	my ($name, $type, $value) = @_;
	my %data = (
		A => { address => $value }, AAAA => { address => $value }, PTR => { ptrdname => $value }, CNAME => { cname => $value },
		MX => { exchange => $value, preference => 10 },
	);
	return Net::DNS::RR->new(name => $name, type => $type, class => 'IN', ttl => 60, ($type eq 'TXT' ? (txtdata => [$value =~ /(.{1,255})/gs]) : %{ $data{$type} }));
}

sub send {
	my ($self, $name, $type) = @_;
	my $packet = Net::DNS::Packet->new;
	$packet->header->qr(1);
	$self->{error} = '';
	for my $hop (1 .. 10) {
		my $rows = $self->{rows}{lc $name};
		if (!$rows) {
			$packet->header->rcode('NXDOMAIN');
			return $packet;
		}
		if ($rows->{TROUBLE}) {
			$packet->header->rcode('SERVFAIL');
			return $packet;
		}
		if ($rows->{$type} || !$rows->{CNAME}) {
			$packet->push(answer => record($name, $type, $_)) for @{ $rows->{$type} || [] };
			return $packet;
		}
		$packet->push(answer => record($name, 'CNAME', $rows->{CNAME}[0]));
		$name = $rows->{CNAME}[0] =~ s/\.$//r;
	}
	$packet->header->rcode('SERVFAIL');
	return $packet;
}

package main;

use Mail::SPF;

my $zone = Zone->new;
$| = 1;
while (my $line = <STDIN>) {
	chomp $line;
	my ($verb, @field) = split /\t/, $line, -1;
	$_ = pack 'H*', $_ for @field;
	if ($verb eq 'rr') {
		$zone->add(@field);
	} elsif ($verb eq 'end') {
		$zone = Zone->new;
	} else {
		my ($address, $helo, $from) = @field;
		my $text;
		my $code = eval {
			my $server = Mail::SPF::Server->new(dns_resolver => $zone, hostname => 'here.example');
			my $request = Mail::SPF::Request->new(
				versions => [1], scope => 'mfrom', identity => $from eq '' ? "postmaster\@$helo" : $from,
				ip_address => $address, helo_identity => $helo,
			);
			my $result = $server->process($request);
			$text = $result->text;
			$result->code;
		};
		print $code // 'died', "\t", ($code ? $text : $@) =~ s/\s+/ /gr, "\n";
	}
}
