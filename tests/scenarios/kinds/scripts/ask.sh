#!/bin/sh
# Called with the service's name and the address that the client found.
page=$(curl --silent --show-error --max-time 1 "http://$2:8080/" 2>&1) || { echo "$page"; exit 1; }
case $page in hello*) exit 0 ;; *) echo "$1 says $page"; exit 2 ;; esac
