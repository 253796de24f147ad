package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFolder = "../../docs/schema"

// schemaCommands lists commands with JSON output; {} becomes a sample.
var schemaCommands = []string{
	"{} --format json", "{} --format json --community-id", "ports {} --format json",
	"ports --wide {} --format json", "ports --every 1s {} --format json", "flows {} --format json",
	"flows {} --format json --community-id", "flows --tcp {} --format json",
	"hosts {} --format json", "hosts --pairs {} --format json",
	"services --all {} --format json", "explain {} --format json", "quiz {} --format json",
}

var schemaSamples = []string{"http", "services", "fragments", "tunnels", "udp-closed", "sctp",
	"tcp-options", "cut", "arp-ping", "two-interfaces"}

// TestOutputFitsSchemas checks every JSON object of every command against its schema. An object
// must not have keys that the schema lacks.
func TestOutputFitsSchemas(t *testing.T) {
	t.Parallel()
	schemas, seen := strictSchemas(t), map[string]int{}
	var commands []string
	for _, c := range schemaCommands {
		for _, name := range schemaSamples {
			commands = append(commands, strings.Replace(c, "{}", "--demo "+name, 1))
		}
	}
	commands = append(commands, "lookup 443 --format json", "lookup 60000 --format json",
		"lookup ssh --format json", "demo --format json", "interfaces --format json",
		"services --format json -r "+scanFile(t))
	for _, c := range commands {
		out, err := exec.Command("portsniff", strings.Fields(c)...).Output()
		if err != nil && len(out) == 0 {
			continue // the sample contains nothing for this command
		}
		for line := range bytes.Lines(out) {
			validate(t, schemas, c, line, seen)
		}
	}
	validateAlerts(t, schemas, seen)
	for name := range schemas {
		// these describe live systems, and have their own test
		if seen[name] == 0 && name != "capture-1" && name != "listener-1" {
			t.Errorf("no output of %s", name)
		}
	}
}

// validateAlerts validates the alerts of a scan.
func validateAlerts(t *testing.T, schemas map[string]*jsonschema.Schema, seen map[string]int) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "alerts")
	run(t, "top", "--once", "-r", scanFile(t), "--alerts", log)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		validate(t, schemas, "top --alerts", line, seen)
	}
}

// TestSchemasRejectWrongData checks that schemas reject wrong objects.
func TestSchemasRejectWrongData(t *testing.T) {
	schemas := strictSchemas(t)
	for name, text := range map[string]string{
		"flow-1":   `{"schema":"portsniff.flow/1"}`,
		"alert-1":  `{"schema":"portsniff.alert/1","rule":"scan"}`,
		"bucket-1": `{"schema":"portsniff.bucket/2"}`,
		"sample-1": `{"schema":"portsniff.sample/1","name":1}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if schemas[name].Validate(v) == nil {
			t.Errorf("%s takes %s", name, text)
		}
	}
}

func validate(t *testing.T, schemas map[string]*jsonschema.Schema, command string, line []byte,
	seen map[string]int) {
	t.Helper()
	var head struct{ Schema string }
	if err := json.Unmarshal(line, &head); err != nil {
		t.Fatalf("%s: %v in %s", command, err, line)
	}
	name := strings.ReplaceAll(strings.TrimPrefix(head.Schema, "portsniff."), "/", "-")
	s := schemas[name]
	if s == nil {
		t.Errorf("%s: %s has no schema", command, head.Schema)
		return
	}
	seen[name]++
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil && seen[name] < 100 {
		t.Errorf("%s: %v in\n%s", command, err, line)
	}
}

// strictSchemas returns the schemas by name, changed to forbid other keys. New keys must be added
// to the schema files.
func strictSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(schemaFolder, "*.json"))
	if err != nil || len(names) < 15 {
		t.Fatal(names, err)
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, path := range names {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(path, err)
		}
		closeObjects(v)
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if err := c.AddResource(name, v); err != nil {
			t.Fatal(path, err)
		}
		if schemas[name], err = c.Compile(name); err != nil {
			t.Fatal(path, err)
		}
	}
	return schemas
}

// closeObjects forbids additional properties in every object of a schema.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, below := range v {
			closeObjects(below)
		}
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" {
			v["additionalProperties"] = false
		}
	case []any:
		for _, below := range v {
			closeObjects(below)
		}
	}
}
