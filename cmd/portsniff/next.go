package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// suggestExplain names the command that looks inside a packet. It does so for people only: where
// both outputs are terminals, and the input can be read again.
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
		separator = "\n" // a command in one line can be copied
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "look inside:%s%s\n", separator, command)
}

// readAgain reports whether a file can be named in another command: it is no pipe, and a terminal
// can show its name.
func readAgain(name string) bool {
	return !strings.HasPrefix(name, "-") && textutil.Escape(name) == name
}

// sourceFlags are the flags that name the capture, for hints.
func sourceFlags(in *input) string {
	if in.demo != "" {
		return "--demo " + shellWord(in.demo)
	}
	var out []string
	for _, name := range in.files {
		out = append(out, "-r "+shellWord(name))
	}
	return strings.Join(out, " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./,:@%+-]+$`)

// shellWord quotes a word for a shell where it needs that.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// lineStyle is the style of lines of packets: in a pipe they have one form, whatever their length.
func (in *input) lineStyle(cmd *cobra.Command) render.Style {
	s := in.style(cmd.OutOrStdout())
	if in.width == widthUnset && !term.Is(cmd.OutOrStdout()) {
		s.Width = 0
	}
	return s
}
