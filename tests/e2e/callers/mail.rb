# mail.rb sendmail|smtp - the gem mail.
require 'mail'

how = ARGV[0] == 'smtp' ? [:smtp, { address: '127.0.0.1', port: 25, enable_starttls_auto: false }] : [:sendmail]
Mail.defaults { delivery_method(*how) }
letter = Mail.new(charset: 'UTF-8') do
  to ENV['TO']
  cc ENV['CC']
  bcc ENV['BCC']
  subject ENV['SUBJECT']
  body File.read(ENV['BODY'])
end
letter.from = "#{ENV['FROM_NAME']} <#{ENV['FROM']}>"
letter.add_file(filename: 'file', mime_type: 'application/octet-stream', content: File.binread(ENV['FILE']))
letter.deliver!
