# SPDX-License-Identifier: ISC
# email-sender.pl TRANSPORT - Email::Sender, as Sendmail or SMTP; who gets a copy unseen is told by the envelope.
use strict;
use warnings;
use Email::Sender::Simple 'sendmail';
use Email::Simple;
use Encode;
use Module::Runtime 'use_module';

open my $in, '<', $ENV{BODY} or die;
my $mail = Email::Simple->create(
	header => [
		From => encode('MIME-Header', decode('UTF-8', $ENV{FROM_NAME})) . " <$ENV{FROM}>",
		To => $ENV{TO}, Cc => $ENV{CC}, Subject => encode('MIME-Header', decode('UTF-8', $ENV{SUBJECT})),
		'MIME-Version' => '1.0', 'Content-Type' => 'text/plain; charset=utf-8', 'Content-Transfer-Encoding' => '8bit'],
	body => join '', <$in>);
sendmail($mail, { from => $ENV{FROM}, to => [@ENV{qw(TO CC BCC)}], transport => use_module("Email::Sender::Transport::$ARGV[0]")->new });
