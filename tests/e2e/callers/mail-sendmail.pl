# SPDX-License-Identifier: ISC
# Mail::Sendmail, which speaks SMTP.
use strict;
use warnings;
use Encode;
use Mail::Sendmail;

open my $in, '<', $ENV{BODY} or die;
sendmail(
	smtp => '127.0.0.1', From => encode('MIME-Header', decode('UTF-8', $ENV{FROM_NAME})) . " <$ENV{FROM}>",
	To => $ENV{TO}, Cc => $ENV{CC}, Bcc => $ENV{BCC}, Subject => encode('MIME-Header', decode('UTF-8', $ENV{SUBJECT})),
	'Content-Type' => 'text/plain; charset=utf-8', Message => join '', <$in>) or die $Mail::Sendmail::error;
