package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/store"
)

// A board has the fields of a Grafana dashboard that are checked here. Names are those of
// Grafana's package @grafana/schema.
type board struct {
	Inputs []struct {
		Name, Type, PluginID string
	} `json:"__inputs"`
	UID           string
	Title         string
	SchemaVersion int
	Panels        []panel
	Templating    struct{ List []variable }
}

type panel struct {
	ID          int
	Type, Title string
	Datasource  datasource
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		RefID, RawSQL, QueryType, EditorType string
		Datasource                           datasource
	}
}

type datasource struct{ Type, UID string }

type variable struct {
	Name, Type, Query string
	Datasource        *datasource
}

// readDashboard reads the dashboard file for Grafana.
func readDashboard(t *testing.T) (d board) {
	t.Helper()
	text, err := os.ReadFile("../../packaging/grafana/portsniff.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The dashboard has the schema of Grafana 11. Its panels do not overlap, and all of them use the
// data source that the import requests.
func TestDashboard(t *testing.T) {
	d := readDashboard(t)
	if d.SchemaVersion != 39 || len(d.UID) < 8 || len(d.UID) > 40 || d.Title == "" ||
		len(d.Inputs) != 1 || d.Inputs[0].Type != "datasource" {
		t.Fatalf("%+v", d)
	}
	source := datasource{d.Inputs[0].PluginID, "${" + d.Inputs[0].Name + "}"}
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Datasource != source || len(p.Targets) != 1 ||
			p.Targets[0].Datasource != source || p.Targets[0].EditorType != "sql" {
			t.Errorf("%s: %+v", p.Title, p)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, taken := cells[[2]int{x, y}]; taken || x >= 24 {
					t.Fatalf("%s overlaps %q", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
	}
}

// Grafana's types of dashboards and panels have all fields of the dashboard, and need no others.
// The fields for the import are not part of them.
func TestDashboardTypes(t *testing.T) {
	text, err := os.ReadFile("../../packaging/grafana/portsniff.json")
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"__inputs", "__elements", "__requires"} {
		delete(fields, name)
	}
	if text, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	plugins.RegisterDefaultPlugins() // the types of panels
	//lint:ignore SA1019 version 2 describes another format than the one that Grafana imports
	var d dashboard.Dashboard
	if err := d.UnmarshalJSONStrict(text); err != nil && err.Error() != "" { // "": no errors
		t.Error(err)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if want := readDashboard(t); len(d.Panels) != len(want.Panels) {
		t.Errorf("%d panels, want %d", len(d.Panels), len(want.Panels))
	}
}

// expand replaces the macros and variables of Grafana and its ClickHouse data source: from 2020 to
// 2030, per minute, for one sensor.
func expand(sql string) string {
	const from, to = "toDateTime(1577836800)", "toDateTime(1893456000)"
	for _, c := range []string{"minute", "start", "at"} {
		sql = strings.NewReplacer(
			"$__timeFilter("+c+")", "("+c+" >= "+from+" AND "+c+" <= "+to+")",
			"$__timeInterval("+c+")", "toStartOfInterval(toDateTime("+c+"), INTERVAL 60 second)",
		).Replace(sql)
	}
	return strings.NewReplacer("$__interval_s", "60", "$__fromTime", from, "$__toTime", to,
		"${database}", "d", "${sensor:singlequote}", "'here'").Replace(sql)
}

// dashboardWants are parts of what each panel shows for the samples: the numbers of the recipes and
// values that the test adds.
var dashboardWants = map[string]string{
	"Traffic by service port": "2026-11-23 03:06:00 other ",
	"Top ports":               "443 tcp https ",
	"New ports":               "2026-11-23 03:06:00.000000 25 tcp 90",
	"Losses":                  " 7 0 0 1",
}

// ClickHouse runs the query of each panel and of each variable.
func TestDashboardQueries(t *testing.T) {
	shown := readDashboard(t)
	folder := recipeStore(t)
	lost := folder.NewInput(strings.Repeat("d", 32))
	fill(lost, scan()[:1], timeouts)
	if err := lost.Close(&store.Summary{Source: "eth0",
		Live: &store.Live{Received: 9, Dropped: 7}}); err != nil {
		t.Fatal(err)
	}
	schema, err := store.ClickHouse("d", "", "1000 YEAR", "1000 YEAR")
	if err != nil {
		t.Fatal(err)
	}
	sql := []string{schema + insertAll(t, folder.Path, "d")}
	var names []string
	for _, p := range shown.Panels {
		names, sql = append(names, p.Title), append(sql, expand(p.Targets[0].RawSQL))
	}
	for _, v := range shown.Templating.List {
		if v.Type == "query" {
			names, sql = append(names, v.Name), append(sql, expand(v.Query))
		}
	}
	for i, rows := range corpustest.ClickHouse(t, sql...)[1:] {
		got, want := strings.Join(lines(rows), "\n"), dashboardWants[names[i]]
		switch names[i] {
		case "sensor":
			want = "here"
		case "Hosts that scan":
			want = scanLine(t, folder.Path)
		}
		if want == "" || !strings.Contains(got, want) {
			t.Errorf("%s lacks %q:\n%.2000s\n%s", names[i], want, got, sql[i+1])
		}
	}
	if len(names) != len(dashboardWants)+2 {
		t.Errorf("%d queries: %v", len(names), fmt.Sprint(names))
	}
}

// scanLine returns the scan that portsniff finds in a store: source, probes, hosts, ports.
func scanLine(t *testing.T, dir string) string {
	t.Helper()
	s, err := store.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	table := newHostTable(nil)
	if err := s.LoadHosts(table.flows); err != nil {
		t.Fatal(err)
	}
	table.flows.Finish()
	scans := table.hosts.Scans()
	if len(scans) != 1 {
		t.Fatalf("%d scans", len(scans))
	}
	x := scans[0]
	return fmt.Sprint(x.Source, " ", x.Probes, " ", x.Hosts, " ", x.Ports, " ")
}
