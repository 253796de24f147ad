package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/where"
	"github.com/portsniff/portsniff/linktype"
)

// filterFlags say which packets count.
type filterFlags struct {
	added   bool // the command has them
	skip    int  // so many words are not the filter's
	file    string
	where   string
	dump    int
	resolve bool
	verbose *int // how often -v was given, nil where the command has no -v
}

// add adds the flags of commands that read packets and take a filter.
func (f *filterFlags) add(cmd *cobra.Command) {
	f.added = true
	fs := cmd.Flags()
	fs.StringVarP(&f.file, "filter-file", "F", "", "read the filter from `FILE`, - for stdin")
	fs.StringVar(&f.where, "where", "", "keep packets for which `EXPR` is true")
	fs.BoolVar(&f.resolve, "resolve", false, "look up names in the filter (asks the DNS)")
	fs.CountVarP(&f.dump, "dump-filter", "d", "print the compiled filter; -dd: as C, -ddd: numbers")
}

// words are the words behind the flags that are a filter.
func (f *filterFlags) words(cmd *cobra.Command) []string { return cmd.Flags().Args()[f.skip:] }

// A selection is the capture filter of a session: one program for each link type, since a capture can have several.
type selection struct {
	expr     string
	programs map[linktype.Type]looker
	left     int64      // frames that it can't look into
	first    bool       // a program was compiled
	names    *phonebook // nil where no names are looked up
}

// A looker is the program for one link type, or says that there is none.
type looker struct {
	*filter.Program      // nil matches nothing
	blind           bool // the filter can't look into frames of this link type
}

// selection reads the filter of a command that reads packets, and nil if there is none.
func (in *input) selection(cmd *cobra.Command) (*selection, error) {
	if in.filter.file == "-" && slices.Contains(in.files, "-") {
		return nil, &usageError{errors.New("-F - and -r - can't both have standard input"), cmd.CommandPath()}
	}
	return newSelection(cmd, &in.filter, in.filter.words(cmd))
}

// newSelection reads the filter that flags or words give, and nil if there is none.
func newSelection(cmd *cobra.Command, flags *filterFlags, words []string) (*selection, error) {
	s := &selection{expr: strings.Join(words, " "), programs: map[linktype.Type]looker{}}
	if flags.file != "" {
		if len(words) > 0 {
			return nil, &usageError{errors.New("-F and a filter in words exclude each other"), cmd.CommandPath()}
		}
		expr, err := readFilter(flags.file, cmd.InOrStdin())
		if err != nil {
			return nil, err
		}
		s.expr = expr
	}
	if s.expr == "" && flags.dump == 0 {
		return nil, nil
	}
	names, err := filter.Names(s.expr)
	if err == nil {
		err = s.lookUp(cmd, names, flags.resolve)
	}
	if err != nil {
		return nil, badFilter(cmd, words, err)
	}
	return s, nil
}

// lookUp finds what names stand for, if that was asked for.
func (s *selection) lookUp(cmd *cobra.Command, names []filter.Name, asked bool) (err error) {
	if len(names) == 0 {
		return nil
	}
	if !asked {
		return &filter.Error{Expr: s.expr, At: names[0].At, End: names[0].End, Problem: "names are not looked up unless --resolve asks for it; give the address"}
	}
	s.names, err = system().lookUp(cmd.Context(), s.expr, names)
	return err
}

// options are what the filter is compiled with, for a link type.
func (s *selection) options(link linktype.Type) filter.Options {
	opt := filter.Options{Link: link, Services: services}
	if s.names != nil {
		opt.Resolve, opt.Network, opt.Ether = s.names.host, s.names.network, s.names.ether
	}
	return opt
}

// maxFilterFile is how long a file with a filter may be, comments and all, in bytes.
const maxFilterFile = 1 << 20

// readFilter reads a filter from a file. As in tcpdump, # begins a comment.
func readFilter(name string, stdin io.Reader) (string, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close() // it was only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFilterFile+1))
	if err != nil {
		return "", fmt.Errorf("reading the filter: %w", err)
	}
	if len(text) > maxFilterFile {
		return "", fmt.Errorf("reading the filter: %s is longer than 1 MiB", name)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		b.WriteString(strings.TrimRight(line, "\r\n") + " ")
	}
	return strings.TrimSpace(b.String()), nil
}

// badFilter is what is wrong with a filter, pointed at; a single word may have been meant for a command.
func badFilter(cmd *cobra.Command, words []string, err error) error {
	var e *filter.Error
	if !errors.As(err, &e) {
		return &usageError{err, cmd.CommandPath()}
	}
	if hint := otherwise(e); hint != "" {
		e.Hint = hint
	}
	err = fmt.Errorf("in the filter: %w\n  %s", err, strings.ReplaceAll(e.Point(), "\n", "\n  "))
	if len(words) > 0 {
		if info, e := os.Stat(words[0]); e == nil && !info.IsDir() {
			err = fmt.Errorf("%w\nto read that file: -r %s", err, words[0])
		}
	}
	if len(words) == 1 {
		if near := cmd.SuggestionsFor(words[0]); len(near) > 0 {
			err = fmt.Errorf("%w\nor the command %s?", err, near[0])
		}
	}
	return &usageError{err, cmd.CommandPath()}
}

// otherwise is what was meant by who took --where's language for that of filters, or a service's name for a word, "" if that is neither.
func otherwise(e *filter.Error) string {
	if _, err := where.Compile(e.Expr); err == nil {
		return "that is an expression for --where"
	}
	if word := e.Expr[e.At:e.End]; errors.Is(e, filter.ErrWord) && len(services(word)) > 0 {
		return "did you mean port " + word + "?"
	}
	return ""
}

// match tells whether a packet passes. The first packet's link type must suit the filter; frames of others that don't are counted and left out.
func (s *selection) match(cmd *cobra.Command, r *capture.Record) (bool, error) {
	look, ok := s.programs[r.Link]
	if !ok {
		p, err := s.compile(r.Link)
		if err != nil && !s.first {
			return false, badFilter(cmd, nil, err)
		}
		look = looker{p, err != nil && !errors.Is(err, filter.ErrNothing)}
		s.programs[r.Link] = look
	}
	if look.blind {
		s.left++
	}
	return look.Program != nil && look.Match(r.Data, int(r.Length)), nil
}

func (s *selection) compile(link linktype.Type) (*filter.Program, error) {
	p, err := filter.Compile(s.expr, s.options(link))
	s.first = s.first || err == nil
	return p, err
}

// services finds the ports that IANA registered under a name.
func services(name string) (list []filter.Service) {
	for _, p := range []struct {
		proto  decode.Proto
		number uint8
	}{{decode.ProtoTCP, 6}, {decode.ProtoUDP, 17}, {decode.ProtoSCTP, 132}} {
		if port, ok := annotate.PortByName(name, p.proto); ok {
			list = append(list, filter.Service{Port: port, Proto: p.number})
		}
	}
	return list
}

// dumpFilter prints the compiled filter: for the interface of -i as the kernel would get it, for the link type of the input's first packet, or for
// Ethernet where there is no packet and no input.
func dumpFilter(cmd *cobra.Command, in *input) error {
	s, err := in.selection(cmd)
	if err != nil {
		return err
	}
	link, err := in.firstLink(cmd)
	if err != nil {
		return err
	}
	opt := s.options(link)
	opt.SnapLen, opt.Live = uint32(in.live.snapLen), linuxSocket && in.live.iface != ""
	p, err := filter.Compile(s.expr, opt)
	if err != nil {
		return badFilter(cmd, nil, err)
	}
	if err := p.Dump(cmd.OutOrStdout(), filter.Listing(min(in.filter.dump, int(filter.Decimal)))); err != nil {
		return &outputError{err}
	}
	return nil
}

// firstLink is what the first frame of the input begins with, Ethernet if there is none.
func (in *input) firstLink(cmd *cobra.Command) (link linktype.Type, err error) {
	link = linktype.Ethernet
	if in.live.iface != "" {
		d, err := capture.FindDevice(in.live.iface)
		return d.Link, err
	}
	if in.demo == "" && len(in.files) == 0 {
		return link, nil
	}
	src, err := in.open(cmd)
	if err != nil {
		return link, err
	}
	if err := in.confine(cmd, nil); err != nil {
		return link, errors.Join(err, src.Close())
	}
	var p capture.Packet
	switch err = src.Next(&p); err {
	case nil:
		link = p.Link
	case io.EOF:
		err = nil
	}
	return link, errors.Join(err, src.Close())
}

// filterWords takes the words of a filter. Where nothing is read, the first of them may be a mistyped command or a file's name without -r.
func filterWords(cmd *cobra.Command, args []string) error {
	for _, flag := range []string{"read", "demo", "interface", "dump-filter"} {
		if cmd.Flags().Changed(flag) {
			return nil
		}
	}
	if len(args) == 0 {
		return nil
	}
	if info, err := os.Stat(args[0]); err == nil && !info.IsDir() || len(cmd.SuggestionsFor(args[0])) > 0 {
		return noWords(cmd, args)
	}
	return nil
}
