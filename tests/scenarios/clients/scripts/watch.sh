#!/bin/sh
# An operator who watches for a moment who still comes where.
sleep 1
