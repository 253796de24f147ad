package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/packetfile"
	"github.com/portsniff/portsniff/internal/term"
)

// The values of --anonymize-payload: set payload bytes to zero, or remove them.
const (
	payloadZero = "zero"
	payloadCut  = "cut"
)

// hideFlags holds the flags that make packets anonymous before they are written.
type hideFlags struct {
	key     string // the name of the key file, "" for none
	payload string
}

func (f *hideFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.key, "anonymize", "", "with -w: hide addresses and payload by `KEYFILE`")
	fs.StringVar(&f.payload, "anonymize-payload", payloadZero,
		"anonymize payload: `HOW` zero or cut")
	complete(cmd, "anonymize-payload", payloadZero, payloadCut)
}

func (f *hideFlags) check(cmd *cobra.Command, w *writeFlags) error {
	switch {
	case f.key == "" && cmd.Flags().Changed("anonymize-payload"):
		return errors.New("--anonymize-payload needs --anonymize KEYFILE")
	case f.payload != payloadZero && f.payload != payloadCut:
		return fmt.Errorf("--anonymize-payload %q is not one of zero, cut", f.payload)
	case f.key == "":
		return nil
	case w.file == "":
		return errors.New("--anonymize needs -w FILE")
	case sameFile(f.key, w.file):
		return fmt.Errorf("-w %s would replace the key of --anonymize", w.file)
	case w.comment:
		return errors.New("--comment would write the addresses that --anonymize hides")
	}
	return nil
}

// open reads the key. It runs before the sandbox closes, because no file can be opened after that.
func (f *hideFlags) open(cmd *cobra.Command) (h *packetfile.Hidden, err error) {
	if f.key == "" {
		return nil, nil
	}
	file, err := os.Open(f.key)
	if err != nil {
		return nil, fmt.Errorf("--anonymize: %w", err)
	}
	defer file.Close() // it is only read
	key, err := anonymize.ReadKey(file)
	if err != nil {
		return nil, fmt.Errorf("--anonymize %s: %w", f.key, err)
	}
	if about, err := file.Stat(); err == nil && isReadable(about) {
		term.Notice(cmd.ErrOrStderr(), "other users can read the key in %s; use chmod 600",
			f.key)
	}
	return packetfile.Hide(anonymize.New(key), f.payload == payloadCut), nil
}

// isReadable reports whether other users can read a file. Windows has no such permissions.
func isReadable(file fs.FileInfo) bool {
	const group, others = 0o040, 0o004
	return runtime.GOOS != "windows" && file.Mode().IsRegular() && file.Mode()&(group|others) != 0
}
