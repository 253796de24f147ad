package main

import (
	"crypto/rand"
	"errors"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/cli"
)

// hide prepares --private: it replaces addresses and payload before anything else sees them, with a
// key that is used only once. Processes are not looked up.
func (f *topFlags) hide(cmd *cobra.Command, in *input) error {
	switch {
	case !f.private:
		return nil
	case in.live.process && cmd.Flags().Changed("process"):
		return cli.Wrong(errors.New("--private and --process exclude each other"))
	}
	in.live.process = false
	var key [anonymize.KeySize]byte
	if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	a := anonymize.New(key)
	in.hide = func(p *capture.Packet) {
		p.Data, p.Comments = a.Frame(p.Link, p.Data, p.Length, false), nil
	}
	return nil
}
