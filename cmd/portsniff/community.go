package main

import (
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/cli"
)

// addCommunityID adds the flag of commands whose JSON and CSV can include Community IDs of flows.
func addCommunityID(fs *pflag.FlagSet, on *bool) {
	fs.BoolVar(on, "community-id", false, "add Community IDs to JSON and CSV")
}

// addStoredCommunityID adds the flag of export. In a live capture, packets have the same flag.
func addStoredCommunityID(fs *pflag.FlagSet, on *bool) {
	fs.BoolVar(on, "community-id", false, "store Community IDs of flows")
}

// checkCommunityID returns an error if the flag is set and the output has no place for an ID. ports
// is true if the output is a table per port.
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
