#!/bin/sh
while [ ! -e "$until" ]; do sleep 0.1; done
