package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// suggestExplain prints the command that explains a packet. It does so only if both outputs are
// terminals and the input can be read again.
func suggestExplain(cmd *cobra.Command, in *input, frame int64) {
	live := in.demo == "" && len(in.files) == 0
	if frame == 0 || live || in.format != formatText || !term.Is(cmd.OutOrStdout()) ||
		!term.Is(cmd.ErrOrStderr()) {
		return
	}
	if len(in.files) > 1 || len(in.files) == 1 && !readAgain(in.files[0]) {
		return
	}
	command := fmt.Sprintf("portsniff explain %s -f %d", sourceFlags(in), frame)
	separator := " "
	if columns, _ := term.Size(cmd.ErrOrStderr()); columns > 0 &&
		len("look inside: ")+textutil.Columns(command) > columns {
		separator = "\n" // a command on its own line is easy to copy
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "look inside:%s%s\n", separator, command)
}

// readAgain reports whether another command can read the file by its name: it is not a pipe, and a
// terminal can show the name.
func readAgain(name string) bool {
	return !strings.HasPrefix(name, "-") && textutil.Escape(name) == name
}

// sourceFlags returns the flags that name the capture, for hints.
func sourceFlags(in *input) string {
	if in.demo != "" {
		return "--demo " + cli.ShellWord(in.demo)
	}
	var out []string
	for _, name := range in.files {
		out = append(out, "-r "+cli.ShellWord(name))
	}
	return strings.Join(out, " ")
}

// lineStyle returns the style of packet lines. In a pipe, their width is not limited.
func (in *input) lineStyle(cmd *cobra.Command) render.Style {
	s := in.style(cmd.OutOrStdout())
	if in.width == widthUnset && !term.Is(cmd.OutOrStdout()) {
		s.Width = 0
	}
	return s
}
