# SPDX-License-Identifier: ISC
# mailtools.pl sendmail|smtp - Mail::Mailer.
use strict;
use warnings;
use Encode;
use Mail::Mailer;

open my $in, '<', $ENV{BODY} or die;
my $mailer = Mail::Mailer->new($ARGV[0], $ARGV[0] eq 'smtp' ? (Server => '127.0.0.1') : ());
$mailer->open({
	From => encode('MIME-Header', decode('UTF-8', $ENV{FROM_NAME})) . " <$ENV{FROM}>", To => $ENV{TO}, Cc => $ENV{CC}, Bcc => $ENV{BCC},
	Subject => encode('MIME-Header', decode('UTF-8', $ENV{SUBJECT})), 'MIME-Version' => '1.0',
	'Content-Type' => 'text/plain; charset=utf-8', 'Content-Transfer-Encoding' => '8bit' });
print $mailer $_ while <$in>;
$mailer->close or die "Mail::Mailer could not send\n";
