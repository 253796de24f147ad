package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Formats of quiz only.
const (
	formatWorksheet = "worksheet"
	formatHTML      = "html"
)

// quizFlags holds the flags that select the questions and the format of the quiz.
type quizFlags struct {
	count   int
	seed    uint64
	format  string
	key     bool
	answers string
	out     string
}

func newQuiz() *cobra.Command {
	var in input
	var f quizFlags
	cmd := &cobra.Command{
		Use:   "quiz -r FILE",
		Short: "Ask questions about a capture and grade the answers",
		Long: `quiz makes questions from a capture, grades each answer and explains mistakes.
"?" gives a hint, an empty line skips a question, "q" ends. The same capture and
seed give the same questions.`,
		Example: `  portsniff quiz --demo http
  portsniff quiz -r capture.pcap --seed 7 --count 5
  portsniff quiz -r capture.pcap --seed 7 --format worksheet > sheet.md
  portsniff quiz -r capture.pcap --seed 7 --format worksheet --key > key.md
  portsniff quiz -r capture.pcap --seed 7 --format html -o quiz.html
  portsniff quiz -r capture.pcap --seed 7 --answers class.csv > grades.csv`,
		Args: cli.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd, &in); err != nil {
				return err
			}
			return f.run(cmd, &in)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringArrayVarP(&in.files, "read", "r", nil,
		"read packets from `FILE`, - for stdin; repeatable")
	fs.StringVar(&in.demo, "demo", "", "read sample `NAME`, see \"portsniff demo\"")
	in.addUnpack(fs)
	fs.IntVar(&f.count, "count", defaultQuestions, "ask at most `N` questions")
	fs.Uint64Var(&f.seed, "seed", defaultSeed, "choose the questions by the number `N`")
	fs.Lookup("seed").DefValue = "0" // pflag prints no default for the value "0"
	fs.StringVar(&f.format, "format", formatText, "output `FORMAT`: text, json, html, worksheet")
	fs.BoolVar(&f.key, "key", false, "worksheet: print the answers")
	fs.StringVar(&f.answers, "answers", "", "grade a class from the CSV `FILE`")
	fs.StringVarP(&f.out, "output", "o", "-", "write to `FILE`, - for stdout")
	fs.IntVar(&in.width, "width", widthUnset, "fit lines into `N` columns; 0: no limit")
	fs.Lookup("width").DefValue = "0"
	in.addSandbox(cmd)
	complete(cmd, "demo", sampleNames()...)
	complete(cmd, "format", formatText, formatJSON, formatHTML, formatWorksheet)
	return cmd
}

// Defaults of the quiz.
const (
	defaultQuestions = 10
	defaultSeed      = 1
)

// check returns an error for values that are not allowed. It sets values that other commands set by
// flags.
func (f *quizFlags) check(cmd *cobra.Command, in *input) error {
	in.format, in.color, in.memory = formatText, colorNever, flow.DefaultMemory
	in.count = math.MaxInt64 // of packets: the --count of quiz counts questions
	switch {
	case !slices.Contains([]string{formatText, formatJSON, formatHTML, formatWorksheet}, f.format):
		return cli.OneOf("--format", f.format,
			[]string{"text", "json", "html", "worksheet"})
	case f.count < 1 || f.count > quiz.MaxCount:
		return cli.Wrongf("--count %d: there are 1 to %d questions", f.count, quiz.MaxCount)
	case f.key && f.format != formatWorksheet:
		return cli.Wrongf("--key is for --format worksheet")
	case f.answers != "" && f.format != formatText:
		return cli.Wrongf("--answers and --format: use only one of them; grades are CSV")
	case slices.Contains(in.files, "-") && (f.answers == "-" || f.answers == "" &&
		f.format == formatText):
		return cli.Wrongf("-r - and answers cannot both come from standard input")
	case f.out != "-" && f.answers == "" && f.format == formatText:
		return cli.Wrongf(
			"-o works with --answers and with --format html, json and worksheet")
	}
	for _, name := range append(slices.Clone(in.files), f.answers) {
		if sameFile(name, f.out) {
			return cli.Wrongf("-o %s would replace a file that is read", f.out)
		}
	}
	if term.Is(cmd.OutOrStdout()) && f.format == formatHTML && f.out == "-" {
		return cli.Wrongf("a page is not written to a terminal: give -o quiz.html")
	}
	if term.Is(cmd.InOrStdin()) && f.format == formatText && f.answers == "" &&
		!cmd.Flags().Changed("seed") {
		const readable = 1_000_000 // a number that is easy to type again
		f.seed = rand.Uint64N(readable)
	}
	return nil
}

func (f *quizFlags) run(cmd *cobra.Command, in *input) error {
	// Read first: while a capture is read, the sandbox forbids opening other files.
	answers, err := f.readAnswers(cmd)
	if err != nil {
		return err
	}
	return in.toPage(cmd, f.out, func(out *outfile.File) error {
		write, err := f.output(cmd, in, answers)
		if write == nil {
			return err
		}
		buffered := bufio.NewWriterSize(out, outputSize)
		return cli.Finish(err, func() error { return write(buffered) }, buffered.Flush, out.Commit)
	})
}

// output reads the capture and returns a function that writes the output. It returns nil if there
// is no output, or if the quiz was a dialog. If reading failed early, write covers what was read,
// and err is not nil.
func (f *quizFlags) output(cmd *cobra.Command, in *input,
	answers []byte) (write func(io.Writer) error, err error) {
	if f.format == formatHTML {
		return f.html(cmd, in)
	}
	sheet, err := f.collect(cmd, in)
	switch {
	case len(sheet.Questions) == 0:
		return nil, err
	case f.answers != "":
		return f.grade(answers, sheet, err)
	case f.format == formatJSON:
		return sheet.JSON, err
	case f.format == formatWorksheet && f.key:
		return sheet.Key, err
	case f.format == formatWorksheet:
		return sheet.Worksheet, err
	}
	return nil, errors.Join(err, f.ask(cmd, in, sheet))
}

// collect reads the capture and makes the questions. If reading failed early, it returns the
// questions about what was read, and an error.
func (f *quizFlags) collect(cmd *cobra.Command, in *input) (sheet quiz.Sheet, err error) {
	sheet = quiz.Sheet{Source: sourceFlags(in), Seed: f.seed}
	p, err := in.start(cmd, true)
	if err != nil {
		return sheet, err
	}
	defer cli.Close(p, &err)
	if err := in.confine(cmd, nil); err != nil {
		return sheet, err
	}
	c := quiz.NewCollector(f.seed, sheet.Source)
	err = p.Each(func(fr *analysis.Frame) error {
		c.Add(fr)
		return nil
	})
	if p.Packets() == 0 {
		return sheet, errors.Join(err, errNoPackets(err))
	}
	sheet.Questions = c.Questions(f.count)
	f.noticeFewer(cmd, len(sheet.Questions))
	return sheet, err
}

// noticeFewer prints a notice if there are fewer questions than --count requested.
func (f *quizFlags) noticeFewer(cmd *cobra.Command, n int) {
	if n < f.count && cmd.Flags().Changed("count") {
		term.Notice(cmd.ErrOrStderr(), "this capture has only %d questions", n)
	}
}

// html returns a function that writes the quiz as a page.
func (f *quizFlags) html(cmd *cobra.Command, in *input) (write func(io.Writer) error, err error) {
	b, err := gather(cmd, in, page.Options{Seed: f.seed, Count: f.count, Quiz: true})
	switch {
	case b == nil:
		return nil, err
	case b.Frames() == 0:
		return nil, errNoPackets(nil)
	}
	n, e := b.Questions()
	if e != nil {
		return nil, errors.Join(err, e)
	}
	f.noticeFewer(cmd, n)
	title := "Quiz: " + in.sourceName() + " - portsniff"
	return func(w io.Writer) error { return page.WriteHTML(w, title, page.CSP(), b.WriteJSON) }, err
}

// errNoPackets returns the error for a capture without packets, nil if err already explains it.
func errNoPackets(err error) error {
	if err != nil {
		return nil
	}
	return errors.New("no packets, so no questions")
}

// ask asks the questions one by one on the terminal.
func (f *quizFlags) ask(cmd *cobra.Command, in *input, sheet quiz.Sheet) error {
	again := fmt.Sprintf(
		"Questions: %d, about %s, seed %d. The same again: portsniff quiz %s --seed %d --count %d",
		len(sheet.Questions), sheet.Source, sheet.Seed, sheet.Source, sheet.Seed, f.count)
	if _, err := io.WriteString(cmd.OutOrStdout(), textutil.Escape(again)+"\n"); err != nil {
		return &outputError{Err: err}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	defer signal.Stop(stop)
	d := quiz.Dialog{Stop: stop, In: cmd.InOrStdin(), Out: cmd.OutOrStdout(),
		Width: in.style(cmd.OutOrStdout()).Width, Retry: term.Is(cmd.InOrStdin())}
	_, err := d.Ask(sheet.Questions)
	return err
}

// readAnswers reads the answers of a class, unparsed. It returns nil if there are none to grade.
func (f *quizFlags) readAnswers(cmd *cobra.Command) (text []byte, err error) {
	from := cmd.InOrStdin()
	switch f.answers {
	case "":
		return nil, nil
	case "-":
	default:
		file, err := os.Open(f.answers)
		if err != nil {
			return nil, fmt.Errorf("--answers: %w", err)
		}
		defer file.Close()
		from = file
	}
	text, err = io.ReadAll(io.LimitReader(from, quiz.MaxClassSize+1))
	if err != nil {
		return nil, fmt.Errorf("--answers: %w", err)
	}
	return text, nil
}

// grade grades a class and returns a function that writes the result.
func (f *quizFlags) grade(answers []byte, sheet quiz.Sheet, err error) (write func(io.Writer) error,
	_ error) {
	class, e := quiz.ReadClass(bytes.NewReader(answers), len(sheet.Questions))
	if e != nil {
		return nil, errors.Join(err, fmt.Errorf("--answers %s: %w", f.answers, e))
	}
	rows := quiz.GradeClass(sheet.Questions, class)
	return func(w io.Writer) error { return render.CSV(w, rows) }, err
}
