package main

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/clickhouse"
	"github.com/portsniff/portsniff/internal/term"
)

// Environment variables with user and password. clickhouse-client reads the same.
const (
	userEnv     = "CLICKHOUSE_USER"
	passwordEnv = "CLICKHOUSE_PASSWORD"
)

// serverFlags holds the flags for the connection to a ClickHouse server.
type serverFlags struct {
	database     string
	user         string
	passwordFile string
	ca           string
	cert, key    string
	timeout      time.Duration
}

// serverNames lists the names of these flags.
const serverNames = "database user password-file ca cert cert-key timeout"

func (f *serverFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.database, "database", "portsniff", "`NAME` of the database")
	fs.StringVar(&f.user, "user", "", "user `NAME`; default: $"+userEnv)
	fs.StringVar(&f.passwordFile, "password-file", "",
		"password in `FILE`; default: $"+passwordEnv)
	fs.StringVar(&f.ca, "ca", "", "trust the authorities in `FILE` (PEM)")
	fs.StringVar(&f.cert, "cert", "", "show the client certificate in `FILE` (PEM)")
	fs.StringVar(&f.key, "cert-key", "", "key of the certificate in `FILE`")
	fs.DurationVar(&f.timeout, "timeout", 5*time.Minute, "give up a request after `TIME`")
}

// client returns a client for an address. It reads files, so it must run before the sandbox closes.
func (f *serverFlags) client(cmd *cobra.Command, address string) (*clickhouse.Client, error) {
	switch {
	case !isIdentifier.MatchString(f.database):
		return nil, cli.Wrongf("--database %q: use letters, digits and underscores", f.database)
	case f.timeout < time.Second:
		return nil, cli.Wrongf("--timeout %v: it must be 1s or more", f.timeout)
	case (f.cert == "") != (f.key == ""):
		return nil, cli.Wrongf("--cert and --cert-key belong together")
	}
	password := os.Getenv(passwordEnv)
	if f.passwordFile != "" {
		text, err := os.ReadFile(f.passwordFile)
		if err != nil {
			return nil, err
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	if strings.ContainsFunc(password+f.user, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errors.New("the user or the password has a control character")
	}
	c, err := clickhouse.New(clickhouse.Options{URL: address, Database: f.database, User: f.user,
		DefaultUser: os.Getenv(userEnv), Password: password, CA: f.ca, Cert: f.cert, Key: f.key,
		Timeout: f.timeout})
	var bad *clickhouse.AddressError
	if errors.As(err, &bad) {
		return nil, cli.Wrong(err)
	}
	if err != nil {
		return nil, err
	}
	if c.Clear() {
		what := "rows go"
		if password != "" {
			what = "the password and rows go"
		}
		term.Notice(cmd.ErrOrStderr(), "%s: %s without encryption; use https", c, what)
	}
	return c, nil
}
