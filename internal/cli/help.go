package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"text/template"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
)

// A FlagGroup is a heading in the help of commands, and the names of its flags.
type FlagGroup struct{ Title, Flags string }

// groupedFlags returns the flags of a command by heading, one per line.
func groupedFlags(cmd *cobra.Command, groups []FlagGroup) string {
	flags := cmd.LocalFlags()
	listed := map[string]bool{}
	var b strings.Builder
	write := func(title string, list []*pflag.Flag) {
		if len(list) > 0 {
			fmt.Fprintf(&b, "\n%s:\n%s", title, flagLines(list))
		}
	}
	for _, g := range groups {
		var list []*pflag.Flag
		for _, name := range strings.Fields(g.Flags) {
			if f := flags.Lookup(name); f != nil && !f.Hidden {
				list, listed[name] = append(list, f), true
			}
		}
		write(g.Title, list)
	}
	var rest []*pflag.Flag
	flags.VisitAll(func(f *pflag.Flag) {
		if !listed[f.Name] && !f.Hidden {
			rest = append(rest, f)
		}
	})
	write("Other", rest)
	return b.String()
}

// flagLines returns one line per flag: its letter, its name with its value, its effect, and its
// default value in brackets, if any.
func flagLines(list []*pflag.Flag) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range list {
		letter := "   "
		if f.Shorthand != "" {
			letter = "-" + f.Shorthand + ","
		}
		value, text := pflag.UnquoteUsage(f)
		if value != "" && f.Value.Type() != "count" {
			value = " " + value
		} else {
			value = ""
		}
		if d := f.DefValue; d != "" && d != "0" && d != "false" && d != "[]" && d != "0s" {
			text += " [" + d + "]"
		}
		fmt.Fprintf(w, "  %s --%s%s\t%s\n", letter, f.Name, value, text)
	}
	w.Flush() // writing to memory cannot fail
	return b.String()
}

// usageTemplate shows examples first, then the usage line, the commands and the flags.
const usageTemplate = `{{if .HasExample}}Examples:
{{.Example}}

{{end}}Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{printf "%-*s" .NamePadding .Name}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{printf "%-*s" .NamePadding .Name}} {{.Short}}{{end}}{{end}}{{end}}
{{groupedFlags .}}{{if .HasAvailableSubCommands}}
{{if .HasParent}}"{{.CommandPath}} COMMAND --help" explains a command.
{{else}}"{{.CommandPath}} help COMMAND" explains a command, "{{.CommandPath}} help TOPIC" a topic.
{{end}}{{end}}
Default values are in [brackets].
`

// SetHelp gives all commands the same form of help, and adds pages for topics. The commands that
// cobra adds fail like all others: for an unknown word, and if the help cannot be written.
func SetHelp(root *cobra.Command, groups []FlagGroup, topics ...*cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		cmd.DisableFlagsInUseLine = true
	}
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		usage := template.New("usage").Funcs(template.FuncMap{
			"groupedFlags": func(cmd *cobra.Command) string { return groupedFlags(cmd, groups) },
		})
		return template.Must(usage.Parse(usageTemplate)).Execute(cmd.OutOrStderr(), cmd)
	})
	root.AddCommand(topics...)
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		var page bytes.Buffer
		out := cmd.OutOrStdout()
		cmd.SetOut(&page)
		help(cmd, args)
		columns, _ := term.Size(out)
		if _, err := io.WriteString(out, fitHelp(page.String(), columns)); err != nil {
			Complain(os.Stderr, cmd.CommandPath(), &pipeline.OutputError{Err: err})
			os.Exit(ExitFailed)
		}
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND or TOPIC]",
		Short: "Help about a command or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				err := fmt.Errorf("no command or topic %q", strings.Join(args, " "))
				if near := cmd.Root().SuggestionsFor(args[0]); len(near) > 0 {
					err = fmt.Errorf("%w; did you mean %s?", err, near[0])
				}
				return &Mistake{err, cmd.Root().CommandPath()}
			}
			return about.Help()
		},
	})
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			strictCompletion(c)
		}
	}
}

// strictCompletion makes the completion command list its shells, and fail if it cannot write.
func strictCompletion(c *cobra.Command) {
	c.Args = NoWords
	c.RunE = func(*cobra.Command, []string) error {
		return Wrongf("completion for which shell? bash, zsh, fish or powershell")
	}
	for _, shell := range c.Commands() {
		shell.Args = NoWords
		write := shell.RunE
		shell.RunE = func(cmd *cobra.Command, args []string) error {
			return Finish(nil, func() error { return write(cmd, args) })
		}
	}
}
