// nodemailer.js sendmail|smtp
const { createTransport } = require('nodemailer');
const say = process.env;
const how = process.argv[2] === 'smtp' ? { host: '127.0.0.1', port: 25, ignoreTLS: true } : { sendmail: true };

createTransport(how).sendMail({
	from: { name: say.FROM_NAME, address: say.FROM }, to: say.TO, cc: say.CC, bcc: say.BCC, subject: say.SUBJECT,
	text: require('fs').readFileSync(say.BODY, 'utf8'),
	attachments: [{ path: say.FILE }],
}).catch((error) => {
	console.error(error.message);
	process.exitCode = 1;
});
