package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroups are the headings of a command's flags and the names of the flags below each.
var flagGroups = []struct {
	title string
	flags string
}{
	{"Input", "read demo from max-decompressed max-upload as max-packets max-bytes"},
	{"Selection",
		"filter-file where resolve dump-filter count frame compare proto host between side top by" +
			" pairs open all tcp flow limit header every wide memory jobs store sensor" +
			" max-size database cluster ttl ttl-ports seed answers key"},
	{"Output", "format output write print comment packet-buffered rotate-size rotate-seconds " +
		"anonymize anonymize-payload " +
		"rotate-files" +
		" postrotate-command quiet verbose link hex hex-text ascii time nano no-names number " +
		"line-buffered community-id idle-timeout active-timeout ipfix ipfix-biflow" +
		" color unicode width plain title listen"},
	{"Live capture",
		"interface list-interfaces snapshot-length buffer-size rings no-promiscuous-mode " +
			"direction" +
			" process interval metrics"},
	{"Screen", "view once alerts fail-on config"},
	{"Privileges", "sandbox relinquish-privileges"},
}

// groupedFlags lists a command's flags by heading, in the order of flagGroups, one per line.
func groupedFlags(cmd *cobra.Command) string {
	flags := cmd.LocalFlags()
	listed := map[string]bool{}
	var b strings.Builder
	write := func(title string, list []*pflag.Flag) {
		if len(list) > 0 {
			fmt.Fprintf(&b, "\n%s:\n%s", title, flagLines(list))
		}
	}
	for _, g := range flagGroups {
		var list []*pflag.Flag
		for _, name := range strings.Fields(g.flags) {
			if f := flags.Lookup(name); f != nil && !f.Hidden {
				list, listed[name] = append(list, f), true
			}
		}
		write(g.title, list)
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

// flagLines writes one line per flag: its letter, its name with its value, what it does, and its
// default value in brackets, if it has one.
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
	w.Flush() // into memory: cannot fail
	return b.String()
}

// usageTemplate puts examples first, then the form of the command, its commands and its flags.
const usageTemplate = `{{if .HasExample}}Examples:
{{.Example}}

{{end}}Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{groupedFlags .}}{{if .HasAvailableSubCommands}}
"{{.CommandPath}} help COMMAND" explains a command, "{{.CommandPath}} help TOPIC" a topic.
{{end}}
Default values are in [brackets].
`

// setHelp gives all commands one form of help. It makes the commands that cobra adds fail like all
// others: for an unknown word, and where the help cannot be written.
func setHelp(root *cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		cmd.DisableFlagsInUseLine = true
	}
	cobra.AddTemplateFunc("groupedFlags", groupedFlags)
	root.SetUsageTemplate(usageTemplate)
	root.AddCommand(helpTopics()...)
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		w := &checked{w: cmd.OutOrStdout()}
		cmd.SetOut(w)
		help(cmd, args)
		if w.err != nil {
			complain(os.Stderr, cmd, &outputError{Err: w.err})
			os.Exit(exitFailed)
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
				return &usageError{err, cmd.Root().CommandPath()}
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

// strictCompletion makes the completion command name its shells, and fail if it cannot write.
func strictCompletion(c *cobra.Command) {
	c.Args = noWords
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return &usageError{errors.New("completion for which shell? bash, zsh, fish or powershell"),
			cmd.CommandPath()}
	}
	for _, shell := range c.Commands() {
		shell.Args = noWords
		write := shell.RunE
		shell.RunE = func(cmd *cobra.Command, args []string) error {
			return finish(nil, func() error { return write(cmd, args) })
		}
	}
}
