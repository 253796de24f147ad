// Command portsniff shows where the port is in every packet of a capture, and what it means.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // for machines without time zone data

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/timezone"
	"github.com/portsniff/portsniff/internal/watch"
)

// Exit statuses.
const (
	exitFailed = cli.ExitFailed
	exitUsage  = cli.ExitUsage
	exitAlert  = 3 // top raised an alert of --fail-on, and nothing failed
)

func main() { os.Exit(execute(ownProcess(context.Background()))) }

// execute runs the program or one of its helpers, and returns the exit status.
func execute(ctx context.Context) int {
	for _, helper := range []func() (int, bool){sockets.HelperMain, outfile.HelperMain,
		watch.HelperMain} {
		if status, ran := helper(); ran {
			return status
		}
	}
	zone, err := timezone.Local()
	if time.Local = zone; err != nil {
		cli.Complain(os.Stderr, "", fmt.Errorf("%w; times are in UTC", err))
	}
	cmd, err := newRoot().ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	cli.Complain(os.Stderr, cmd.CommandPath(), err)
	return statusOf(err)
}

// statusOf returns the exit status for an error.
func statusOf(err error) int {
	if cli.IsMistake(err) {
		return exitUsage
	}
	if _, ok := err.(*watch.AlertError); ok {
		return exitAlert
	}
	return exitFailed
}
