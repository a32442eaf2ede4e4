package main

import (
	"os"
	"regexp"
	"strings"
)

// translation turns the injector's Handlebars templates into Go's: the same text with the same conditions, so that both render the same overlay.
type translation struct {
	partials string
	paths    [][]string
}

var (
	alone = regexp.MustCompile(`^\s*\{\{([#/>!]|else)[^{}]*\}\}\s*$`)
	tag   = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	word  = regexp.MustCompile(`"[^"]*"|[()]|[^\s()"]+`)
	roots = regexp.MustCompile(`^(metadata|spec|workload|values|meshConfig|proxyConfig|proxyConfigJSON|revision|nativeSidecar|interceptionMode|proxyImage|` +
		`proxyInitImage|proxyUID|proxyGID|inboundTrafficPolicyMode)(\..*)?$`)
)

func (t *translation) file(name string) string {
	text, err := os.ReadFile(name)
	check(err)
	var translated strings.Builder
	for _, line := range strings.SplitAfter(string(text), "\n") {
		// A block's tag takes its whole line away.
		if alone.MatchString(line) {
			line = strings.TrimSpace(line)
		}
		translated.WriteString(tag.ReplaceAllStringFunc(line, t.tag))
	}
	return translated.String()
}

func (t *translation) tag(text string) string {
	text = strings.TrimSpace(text[2 : len(text)-2])
	rest := text[strings.Index(text+" ", " "):]
	switch {
	case text[0] == '!':
		return ""
	case text[0] == '>':
		return t.file(t.partials + strings.TrimSpace(text[1:]) + ".hbs")
	case text[0] == '/':
		return "{{end}}"
	case text == "else":
		return "{{else}}"
	case strings.HasPrefix(text, "else if"):
		return "{{else if " + t.expression(text[7:]) + "}}"
	case strings.HasPrefix(text, "#if"):
		return "{{if " + t.expression(rest) + "}}"
	case strings.HasPrefix(text, "#unless"):
		return "{{if not (" + t.expression(rest) + ")}}"
	case strings.HasPrefix(text, "#with"):
		return "{{with " + t.expression(rest) + "}}"
	case strings.HasPrefix(text, "#each"):
		return "{{range $key, $value := " + t.expression(rest) + "}}"
	}
	return "{{" + t.expression(text) + "}}"
}

func (t *translation) expression(text string) string {
	words := word.FindAllString(text, -1)
	for i, w := range words {
		w = strings.TrimPrefix(w, "@root.")
		switch {
		case w == "this":
			words[i] = "."
		case w == "@key":
			words[i] = "$key"
		case roots.MatchString(w):
			words[i] = "$." + w
			path := strings.Split(w, ".")
			t.paths = append(t.paths, path[:len(path)-1])
		}
	}
	for _, name := range []string{"labels", "annotations"} {
		t.paths = append(t.paths, []string{"metadata", name})
	}
	t.paths = append(t.paths, []string{"proxyConfig", "proxyMetadata"})
	return strings.Join(words, " ")
}
