package main

import (
	"fmt"
	"slices"
	"strings"
)

// A fault is an error of the source that a review against a second list found.
type fault struct {
	low, high int    // ports, inclusive
	protos    string // as in a row
	was       string // the name in the source, "" where it has none
	name, doc string // what IANA has
	reason    string
}

var faults = []fault{
	{80, 80, "tcp/udp", "www-http", "http", "World Wide Web HTTP", "IANA's primary name; the source keeps the last alias, www-http"},
	{6000, 6063, "tcp/udp", "", "x11", "X Window System", "the source drops ranges"},
}

// mend puts right the faults. It fails where the source no longer has a fault: then the table is to be reviewed again.
func mend(entries map[key]entry) error {
	for _, f := range faults {
		for _, word := range strings.Split(f.protos, "/") {
			proto := slices.Index(protos[:], word)
			if proto < 0 {
				return fmt.Errorf("mend %d: unknown protocol %q", f.low, word)
			}
			for port := f.low; port <= f.high; port++ {
				k := key{port, proto}
				if has := entries[k].name; has != f.was {
					return fmt.Errorf("mend %d/%s: the source has %q, not %q", port, word, has, f.was)
				}
				entries[k] = entry{f.name, f.doc}
			}
		}
	}
	return nil
}
