package term_test

import (
	"bytes"
	"testing"

	"github.com/portsniff/portsniff/internal/term"
)

// Output that is not a terminal gets no colors, with any environment variables.
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
