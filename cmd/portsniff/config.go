package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
)

func newConfig() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the configuration of top",
		Long: `config prints what top goes by: the values of the configuration file, and the
defaults of all others, each with a comment. The output can be such a file: its
first line names the place where top looks for it.`,
		Example: `  portsniff config
  portsniff config --config lesson.toml`,
		Args: cli.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, from, err := readConfig(name)
			if err != nil {
				return err
			}
			return cli.Finish(nil, func() error {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "# %s\n", from); err != nil {
					return err
				}
				return c.Write(cmd.OutOrStdout())
			})
		},
	}
	addConfig(cmd, &name)
	return cmd
}

func addConfig(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "config", "",
		"read preferences from `FILE`; see portsniff config")
}

// maxConfig is the largest size of a configuration file, in bytes.
const maxConfig = 1 << 20

// readConfig reads the configuration file name. If name is "", it reads the file in the user's
// configuration folder, if there is one. from is the name of that file, or why there is none,
// escaped for a terminal.
func readConfig(name string) (c top.Config, from string, err error) {
	given := name != ""
	if !given {
		dir, err := os.UserConfigDir()
		if err != nil && os.Getenv("HOME") == "" && os.Getenv("XDG_CONFIG_HOME") == "" {
			return c, "no configuration file: HOME is not set", nil
		} else if err != nil {
			return c, "", fmt.Errorf("configuration: %w", err)
		}
		name = filepath.Join(dir, "portsniff", "config.toml")
	}
	from = textutil.Escape(name)
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && !given {
		return c, from + " (no such file yet)", nil
	} else if err != nil && !given {
		return c, "", fmt.Errorf("%w; --config FILE reads another file", err)
	} else if err != nil {
		return c, "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return c, "", err
	}
	if len(text) > maxConfig {
		return c, "", fmt.Errorf("%s: more than 1 MiB: not a configuration", name)
	}
	if c, err = top.ParseConfig(text); err != nil {
		return c, "", fmt.Errorf("%s: %w", name, err)
	}
	return c, from, nil
}

// prefer sets options from the configuration for flags that were not given.
func (f *topFlags) prefer(cmd *cobra.Command, in *input) (err error) {
	if f.prefers, _, err = readConfig(f.config); err != nil {
		return err
	}
	if v := f.prefers.View; v != "" && !cmd.Flags().Changed("view") {
		f.view = v
	}
	if c := f.prefers.Color; c != "" && !cmd.Flags().Changed("color") {
		in.color = c
	}
	return nil
}
