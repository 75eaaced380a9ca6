;;; Emacs' message mode, with sendmail.
(require 'message)
(require 'mml)
(setq user-mail-address (getenv "FROM")
      user-full-name (getenv "FROM_NAME")
      message-send-mail-function 'message-send-mail-with-sendmail
      mail-specify-envelope-from t
      message-sendmail-envelope-from 'header)
(message-mail (getenv "TO") (getenv "SUBJECT") `(("Cc" . ,(getenv "CC")) ("Bcc" . ,(getenv "BCC"))))
(message-goto-body)
(insert-file-contents (getenv "BODY"))
(goto-char (point-max))
(mml-attach-file (getenv "FILE") "application/octet-stream" nil "attachment")
(message-send)
