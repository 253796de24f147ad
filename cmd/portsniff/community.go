package main

import (
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/cli"
)

// addCommunityID adds the flag of commands whose JSON and CSV can name flows as other programs do.
func addCommunityID(fs *pflag.FlagSet, on *bool) {
	fs.BoolVar(on, "community-id", false, "add Community IDs to JSON and CSV")
}

// addStoredCommunityID adds the flag of export. A live capture has that of packets.
func addStoredCommunityID(fs *pflag.FlagSet, on *bool) {
	fs.BoolVar(on, "community-id", false, "store Community IDs of flows")
}

// checkCommunityID refuses the flag where the output has no place for an ID. ports means that the
// output is a table per port.
func checkCommunityID(in *input, on, ports bool) error {
	switch {
	case !on:
		return nil
	case ports:
		return cli.Wrongf("--community-id names flows: -q has none; try flows")
	case in.format == formatText:
		return cli.Wrongf("--community-id needs --format json or csv")
	}
	return nil
}
