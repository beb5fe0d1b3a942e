#!/bin/sh
# Runs once, while the image is built.
set -eu
postconf -e \
	'maillog_file = /dev/stdout' \
	'inet_interfaces = all' 'inet_protocols = ipv4' \
	'mydestination =' 'local_recipient_maps =' 'local_transport = error:no local mail' \
	'mynetworks = 127.0.0.0/8' 'smtpd_relay_restrictions = reject_unauth_destination' \
	'virtual_mailbox_base = /srv/mail/boxes' 'virtual_mailbox_maps = hash:/dev/shm/boxes' \
	'virtual_uid_maps = static:850' 'virtual_gid_maps = static:850' 'virtual_minimum_uid = 850' \
	'mailbox_size_limit = 0' 'virtual_mailbox_limit = 0' 'message_size_limit = 20971520' \
	'disable_vrfy_command = yes' 'smtpd_peername_lookup = no' 'smtpd_tls_security_level = none' \
	'smtputf8_enable = no' 'compatibility_level = 3.6' 'alias_maps =' 'alias_database ='
# No chroots: nothing but mail is in this container.
postconf -F '*/*/chroot = n'
chmod 755 /usr/local/bin/start-mail
install -d -o vmail -g vmail /srv/mail
