package term_test

import (
	"bytes"
	"testing"

	"github.com/portsniff/portsniff/internal/term"
)

// What is no terminal gets no colors, whatever the environment says of the terminal.
func TestNoColorsInFiles(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("COLORTERM", "truecolor")
	t.Setenv("CLICOLOR_FORCE", "1")
	var file bytes.Buffer
	for _, none := range []string{"", "1"} {
		t.Setenv("NO_COLOR", none)
		if term.HasColor(&file) {
			t.Errorf("NO_COLOR=%q: colors", none)
		}
	}
}
