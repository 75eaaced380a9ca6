<?php
// symfony.php DSN [COUNT] - Symfony Mailer; "sendmail://default" runs "sendmail -bs", and several messages go through one.
use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Address;
use Symfony\Component\Mime\Email;
require 'Symfony/Component/Mailer/autoload.php';
try {
	$mailer = new Mailer(Transport::fromDsn($argv[1]));
	for ($n = 0; $n < ($argv[2] ?? 1); $n++)
		$mailer->send((new Email())
			->from(new Address(getenv('FROM'), getenv('FROM_NAME')))
			->to(getenv('TO'))->cc(getenv('CC'))->bcc(getenv('BCC'))
			->subject(getenv('SUBJECT'))
			->text(file_get_contents(getenv('BODY')))
			->attachFromPath(getenv('FILE')));
} catch (Exception $e) {
	fwrite(STDERR, $e->getMessage() . "\n");
	exit(1);
}
