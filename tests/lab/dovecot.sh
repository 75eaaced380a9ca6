# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# dovecot.sh - Dovecot's SASL behind a Postfix of the lab: one user with a password, and tokens
# (JSON Web Tokens) signed with the lab's key. Needs LAB_PEERS with dovecot; a script that has
# begun its lab sources this.

DOVECOT_TOKEN_KEY='the key of the lab for tokens'

# Before 2.4 whom it knows is told in another language, and its file begins otherwise.
dovecot_2_3() {
	cat > dovecot/oauth2.conf <<-END
	introspection_mode = local
	local_validation_key_dict = fs:posix:prefix=$LAB/dovecot/keys/
	username_attribute = sub
	END
	cat <<-END
	passdb {
	  driver = passwd-file
	  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
	  args = $LAB/dovecot/users
	}
	passdb {
	  driver = oauth2
	  mechanisms = xoauth2 oauthbearer
	  args = $LAB/dovecot/oauth2.conf
	}
	userdb {
	  driver = static
	  args = uid=404 gid=404 home=/nonexistent
	}
	END
}
dovecot_2_4() {
	cat <<-END
	dovecot_config_version = 2.4.0
	dovecot_storage_version = 2.4.0
	passdb passwd-file {
	  passwd_file_path = $LAB/dovecot/users
	}
	oauth2 {
	  introspection_mode = local
	  username_attribute = sub
	  oauth2_local_validation {
	    dict fs {
	      fs posix {
	        prefix = $LAB/dovecot/keys/
	      }
	    }
	  }
	}
	userdb static {
	  fields {
	    uid = 404
	    gid = 404
	    home = /nonexistent
	  }
	}
	END
}
# dovecot_start USER PASSWORD: Postfix asks it at $LAB/dovecot/auth (smtpd_sasl_path).
dovecot_start() {
	mkdir -p dovecot/{run,state,keys/default/HS256}
	printf '%s:{PLAIN}%s\n' "$1" "$2" > dovecot/users
	printf '%s' "$DOVECOT_TOKEN_KEY" | base64 > dovecot/keys/default/HS256/lab
	case $(dovecot --version) in
	2.[0-3].*) dovecot_2_3 ;;
	*)         dovecot_2_4 ;;
	esac > dovecot/conf
	cat >> dovecot/conf <<-END
	base_dir = $LAB/dovecot/run
	state_dir = $LAB/dovecot/state
	log_path = $LAB/log/dovecot
	auth_verbose = yes
	protocols =
	ssl = no
	default_internal_user = mailbox
	default_internal_group = mailbox
	default_login_user = nobody
	auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
	service auth {
	  unix_listener $LAB/dovecot/auth {
	    mode = 0666
	  }
	}
	# Else every failure makes the next answer later, by up to half a minute.
	auth_failure_delay = 0
	service anvil {
	  chroot =
	  unix_listener anvil-auth-penalty {
	    mode = 0
	  }
	}
	END
	dovecot -F -c $LAB/dovecot/conf >>$LAB/log/dovecot.start 2>&1 &
	lab_need 60 test -S $LAB/dovecot/auth
}

# dovecot_token SECONDS: a JSON Web Token (RFC 7519) for me that is good so long
dovecot_token() {
	/usr/bin/python3 - "$1" <<-'END'
	import base64, hashlib, hmac, json, sys, time
	def part(b): return base64.urlsafe_b64encode(b).rstrip(b"=")
	now = int(time.time())
	text = part(b'{"alg":"HS256","typ":"JWT","kid":"lab"}') + b"." + part(json.dumps(
	    {"sub": "me", "iat": now - 7200, "exp": now + int(sys.argv[1])}).encode())
	print((text + b"." + part(hmac.new(b"the key of the lab for tokens", text, "sha256").digest())).decode())
	END
}
