# SPDX-License-Identifier: ISC
use strict;
use warnings;
use Encode;
use MIME::Lite;

my $mail = MIME::Lite->new(
	From => encode('MIME-Header', decode('UTF-8', $ENV{FROM_NAME})) . " <$ENV{FROM}>",
	To => $ENV{TO}, Cc => $ENV{CC}, Bcc => $ENV{BCC},
	Subject => encode('MIME-Header', decode('UTF-8', $ENV{SUBJECT})), Type => 'multipart/mixed');
$mail->attach(Type => 'text/plain; charset=utf-8', Encoding => 'quoted-printable', Path => $ENV{BODY});
$mail->attach(Type => 'application/octet-stream', Encoding => 'base64', Path => $ENV{FILE}, Disposition => 'attachment');
$mail->send or die "MIME::Lite could not send\n";
