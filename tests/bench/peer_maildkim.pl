# SPDX-License-Identifier: ISC
# The cases of signing.c by Mail::DKIM, which has no ed25519. Prints "Mail::DKIM CASE RATE" lines.
#   peer_maildkim.pl FOLDER MILLISECONDS
use strict;
use warnings;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Time::HiRes qw(time);

my ($folder, $run_ms) = @ARGV;
$| = 1;

sub slurp {
	open(my $in, '<', "$folder/$_[0]") or die "peer_maildkim: $_[0]: $!\n";
	local $/;
	return <$in>;
}

my %records = map { split / /, $_, 2 } split /\n/, slurp('records');

{
	package Record;
	sub new { bless { text => $_[1] }, $_[0] }
	sub type { 'TXT' }
	sub txtdata { $_[0]->{text} }
	sub char_str_list { ($_[0]->{text}) }
}
{
	no warnings qw(redefine once);
	*Mail::DKIM::DNS::query = sub { return Record->new($records{$_[0]}) };
}

sub rate {
	my ($act) = @_;
	my ($begin, $count) = (time, 0);
	while (1) {
		$act->();
		$count++;
		my $took = time - $begin;
		return $count / $took if $took * 1000 >= $run_ms;
	}
}

my $key = Mail::DKIM::PrivateKey->load(File => "$folder/rsa.pem");
for my $size ('2k', '100k', '10m') {
	my $plain = slurp("$size.eml");
	for my $canon ('simple', 'relaxed') {
		my $signed = slurp("rsa-$canon-$size.signed");
		printf "Mail::DKIM sign-rsa-%s-%s %.1f\n", $canon, $size, rate(sub {
			my $s = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => "$canon/$canon",
				Domain => 'bench.example', Selector => 'rsa', Key => $key);
			$s->PRINT($plain);
			$s->CLOSE;
			$s->signature->as_string;
		});
		printf "Mail::DKIM verify-rsa-%s-%s %.1f\n", $canon, $size, rate(sub {
			my $v = Mail::DKIM::Verifier->new;
			$v->PRINT($signed);
			$v->CLOSE;
			die "peer_maildkim: " . $v->result_detail . "\n" unless $v->result eq 'pass';
		});
	}
}
