package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/pcaps"
)

// storeFlags holds the flags that control how captures become rows of a store.
type storeFlags struct {
	sensor       string
	idle, active time.Duration
	size         cli.SizeLimit
	communityID  bool
}

func (f *storeFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.sensor, "sensor", "", "`NAME` of the capturing host; default: this one")
	f.idle, f.active = 120*time.Second, 1800*time.Second
	if fs.Lookup("idle-timeout") == nil { // flows already has these flags for records
		fs.DurationVar(&f.idle, "idle-timeout", f.idle, "end a flow after `TIME` of silence")
		fs.DurationVar(&f.active, "active-timeout", f.active, "split a flow that lasts `TIME`")
	}
	fs.Var(&f.size, "max-size", "remove the oldest inputs beyond `SIZE`; 0: keep all")
}

// maxActive is the longest part of a flow. Readers of a store look back by that much time.
const maxActive = 24 * time.Hour

// check returns an error for values that are not allowed, and sets the defaults of missing ones.
func (f *storeFlags) check(cmd *cobra.Command) (err error) {
	for _, t := range []struct {
		name string
		span *time.Duration
	}{{"idle-timeout", &f.idle}, {"active-timeout", &f.active}} {
		if cmd.Flags().Changed(t.name) {
			if *t.span, err = cmd.Flags().GetDuration(t.name); err != nil {
				return err
			}
		}
		if *t.span < time.Second || *t.span > maxActive {
			return fmt.Errorf("--%s %s: it must be 1s to 24h", t.name, *t.span)
		}
	}
	if f.sensor == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("this host has no name (%w): give --sensor NAME", err)
		}
		f.sensor = name
	}
	f.sensor = strings.ToValidUTF8(f.sensor, "\uFFFD") // Parquet strings are UTF-8
	return nil
}

// options returns the options of a flow table.
func (f *storeFlags) options(memory int, only *flow.Filter) flow.Options {
	return flow.Options{Memory: memory, Idle: f.idle, Active: f.active, Only: only}
}

// open creates the folder of a store. With a sandbox, a helper process creates the files until the
// caller closes it.
func (f *storeFlags) open(cmd *cobra.Command, in *input, dir string) (*store.Folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	spool, err := store.OpenSpool(dir, int64(f.size))
	if err != nil {
		return nil, err
	}
	d := &store.Folder{Path: dir, Sensor: f.sensor, CommunityID: f.communityID, Spool: spool,
		Files: outfile.Local{Tree: true}}
	mode, err := in.mode(cmd)
	if err != nil || mode == "" || mode == sandbox.Off {
		return d, err
	}
	h, err := outfile.StartHelper(outfile.Plan{Folder: dir, Names: store.Names(), Mode: mode,
		User: in.sandbox.user, Tree: true})
	if h != nil {
		d.Files = h
	}
	return d, err
}

func newExport() *cobra.Command {
	var in input
	var c counting
	e := exporter{in: &in, counting: &c}
	cmd := &cobra.Command{
		Use:   "export -r FILE -o DIR [FILTER]",
		Short: "Store flows and counts in Parquet files",
		Long: `export stores captures in a folder of Parquet files: flows, packets per port and
minute, and a row for each capture. To store a capture again changes nothing.
Read the store with --from of ports, flows, hosts and services, or with DuckDB.`,
		Example: `  portsniff export -r a.pcap -r b.pcapng.zst -o store
  portsniff ports --from store --top 10
  portsniff export -r capture.pcap -o store --sensor edge-1 tcp`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if in.filter.dump > 0 {
				return dumpFilter(cmd, &in)
			}
			return e.run(cmd)
		},
	}
	in.addFiles(cmd)
	in.color = colorNever
	cmd.Flags().StringVarP(&e.dir, "output", "o", "", "store in `DIR`")
	e.flags.add(cmd)
	addStoredCommunityID(cmd.Flags(), &e.flags.communityID)
	in.addJobs(cmd)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	c.addFilter(cmd)
	return cmd
}

// An exporter stores captures in a store.
type exporter struct {
	in       *input
	counting *counting
	dir      string
	flags    storeFlags

	cmd    *cobra.Command
	only   *flow.Filter
	folder *store.Folder

	inputs, packets, flows uint64 // counts of what was stored
}

// A job is one capture to store.
type job struct{ name, id string }

func (e *exporter) check(cmd *cobra.Command) error {
	if err := e.in.check(cmd); err != nil {
		return err
	}
	only, err := e.counting.ready(cmd)
	if err != nil {
		return err
	}
	e.only = only
	switch in := e.in; {
	case e.dir == "":
		return cli.Wrongf("nothing to write to: give -o DIR")
	case in.demo != "" && len(in.files) > 0:
		return cli.Wrongf("--demo and -r exclude each other")
	case in.demo == "" && len(in.files) == 0:
		return cli.Wrongf("nothing to read: give -r FILE, or try --demo http")
	case in.count > 0 && len(in.files) > 1:
		return cli.Wrongf("-c needs a single -r FILE")
	}
	if err := e.flags.check(cmd); err != nil {
		return cli.Wrong(err)
	}
	if e.in.filter.file == "-" {
		if len(e.in.files) > 1 {
			return cli.Wrongf("-F - needs a single -r FILE: standard input can be read once")
		}
		return nil
	}
	_, err = e.in.packetFilter(cmd)
	return err
}

func (e *exporter) run(cmd *cobra.Command) error {
	if err := e.check(cmd); err != nil {
		return err
	}
	e.cmd = cmd
	jobs, err := e.identify()
	if len(jobs) == 0 {
		return err
	}
	folder, openErr := e.flags.open(cmd, e.in, e.dir)
	if openErr != nil {
		return errors.Join(err, openErr)
	}
	e.folder = folder
	if confineErr := e.in.confine(cmd, nil); confineErr != nil {
		return errors.Join(confineErr, folder.Files.Close())
	}
	for _, j := range jobs {
		storeErr := e.store(j)
		err = errors.Join(err, storeErr)
		var out *outputError
		if errors.Is(storeErr, pipeline.ErrInterrupted) || errors.As(storeErr, &out) {
			break
		}
	}
	err = errors.Join(err, folder.Files.Close())
	_, writeErr := fmt.Fprintf(cmd.OutOrStdout(), "%s stored: %s, %s%s\n",
		textutil.Plural(e.inputs, "input"), textutil.Plural(e.packets, "packet"),
		textutil.Plural(e.flows, "flow"), removed(folder))
	if writeErr != nil {
		err = errors.Join(err, &outputError{Err: writeErr})
	}
	return err
}

// removed returns how much --max-size removed from a store, as the end of a line.
func removed(folder *store.Folder) string {
	s := folder.Spool
	if s.Removed == 0 {
		return ""
	}
	inputs := textutil.Plural(uint64(s.Removed), "input")
	bytes := textutil.Plural(uint64(s.RemovedBytes), "byte")
	return fmt.Sprintf("; %s of %s removed by --max-size", inputs, bytes)
}

// identify computes the identity of each capture from its content. It runs before the sandbox
// closes, and parses nothing.
func (e *exporter) identify() (jobs []job, err error) {
	names := e.in.files
	if e.in.demo != "" {
		names = []string{e.in.demo}
	}
	seen := map[string]bool{}
	for _, name := range names {
		id, hashErr := e.id(name)
		if hashErr != nil {
			err = errors.Join(err, hashErr)
		} else if !seen[id] {
			jobs, seen[id] = append(jobs, job{name, id}), true
		}
	}
	return jobs, err
}

// id returns the identity of a capture. An input that cannot be read twice gets a new one each
// time.
func (e *exporter) id(name string) (id string, err error) {
	var f io.ReadCloser
	if e.in.demo != "" {
		if f, err = pcaps.Open(name); err != nil {
			return "", cli.Wrong(err)
		}
	} else {
		info, err := os.Stat(name)
		if name == "-" || err == nil && !info.Mode().IsRegular() {
			b := make([]byte, 16)
			_, err := rand.Read(b)
			return hex.EncodeToString(b), err
		}
		if f, err = os.Open(name); err != nil {
			return "", err
		}
	}
	id, err = store.ID(e.flags.sensor, f)
	return id, errors.Join(err, f.Close())
}

// sourceName returns the name of a capture in the table inputs.
func sourceName(name string) string {
	return strings.ToValidUTF8(filepath.Base(name), "\uFFFD")
}
