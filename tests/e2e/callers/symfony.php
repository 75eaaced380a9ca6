<?php
// symfony.php DSN - Symfony Mailer; "sendmail://default" runs "sendmail -bs".
use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Address;
use Symfony\Component\Mime\Email;
require 'Symfony/Component/Mailer/autoload.php';
try {
	(new Mailer(Transport::fromDsn($argv[1])))->send((new Email())
		->from(new Address(getenv('FROM'), getenv('FROM_NAME')))
		->to(getenv('TO'))->cc(getenv('CC'))->bcc(getenv('BCC'))
		->subject(getenv('SUBJECT'))
		->text(file_get_contents(getenv('BODY')))
		->attachFromPath(getenv('FILE')));
} catch (Exception $e) {
	fwrite(STDERR, $e->getMessage() . "\n");
	exit(1);
}
