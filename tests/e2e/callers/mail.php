<?php
// mail.php END [PARAMETERS] - PHP's mail(), with headers and text whose lines end so; PARAMETERS are its fifth argument.
$end = stripcslashes($argv[1]);
$headers = implode($end, [
	'From: ' . mb_encode_mimeheader(getenv('FROM_NAME'), 'UTF-8') . ' <' . getenv('FROM') . '>',
	'Cc: ' . getenv('CC'), 'Bcc: ' . getenv('BCC'),
	'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']);
$text = str_replace("\n", $end, file_get_contents(getenv('BODY')));
$done = mail(getenv('TO'), mb_encode_mimeheader(getenv('SUBJECT'), 'UTF-8', 'B', $end), $text, $headers, $argv[2] ?? '');
echo 'mail() is ', var_export($done, true), "\n";
exit($done ? 0 : 1);
