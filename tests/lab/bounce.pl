#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# bounce.pl FILE - what Mail::DeliveryStatus::BounceParser, with which lists are kept, finds in a bounce.
use strict;
use warnings;
use Mail::DeliveryStatus::BounceParser;

local $/;
open my $file, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
my $bounce = Mail::DeliveryStatus::BounceParser->new(<$file>);
printf "bounce=%d\n", $bounce->is_bounce ? 1 : 0;
for my $report ($bounce->reports) {
	printf "email=%s reason=%s status=%s smtp=%s\n",
		map { my $value = $report->get($_) // ''; $value =~ s/\s+\z//; $value } qw(email std_reason status smtp_code);
}
printf "original=%s\n", $bounce->orig_message_id // '';
