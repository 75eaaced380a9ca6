<?php
// phpmailer.php sendmail|mail|smtp [COUNT] - several by SMTP go through one connection.
require 'libphp-phpmailer/autoload.php';
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
try {
	switch ($argv[1]) {
	case 'sendmail': $mail->isSendmail(); break;
	case 'mail':     $mail->isMail(); break;
	case 'smtp':     $mail->isSMTP(); $mail->Host = '127.0.0.1'; $mail->Port = 25; break;
	}
	$mail->CharSet = 'utf-8';
	$mail->setFrom(getenv('FROM'), getenv('FROM_NAME'));
	$mail->addAddress(getenv('TO'));
	$mail->addCC(getenv('CC'));
	$mail->addBCC(getenv('BCC'));
	$mail->Subject = getenv('SUBJECT');
	$mail->Body = file_get_contents(getenv('BODY'));
	$mail->addAttachment(getenv('FILE'));
	$mail->SMTPKeepAlive = true;
	for ($n = 0; $n < ($argv[2] ?? 1); $n++)
		$mail->send();
	$mail->smtpClose();
} catch (Exception $e) {
	fwrite(STDERR, $e->getMessage() . "\n");
	exit(1);
}
