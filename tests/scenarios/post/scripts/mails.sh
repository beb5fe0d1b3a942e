#!/bin/sh
# What is in the mailbox, a line for each mail.
cat /srv/box/mails 2>/dev/null || true
