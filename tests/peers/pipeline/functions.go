package main

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// functions are sprig's, and those of the injector's templates that sprig does not have or gives another meaning.
func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	for name, function := range own {
		all[name] = function
	}
	return all
}

var own = template.FuncMap{
	"annotation":          annotation,
	"appContainers":       appContainers,
	"appendMultusNetwork": appendMultusNetwork,
	"concat":              func(parts ...interface{}) string { return texts(parts) },
	"directory":           func(text string) string { dir, _ := path.Split(text); return dir },
	"eq":                  func(a, b interface{}) bool { return a == b },
	"excludeInboundPort":  excludeInboundPort,
	"fromJSON":            fromJSON,
	"index":               index,
	"isset":               func(m values, key string) bool { _, is := m[key]; return is },
	"named":               named,
	"ne":                  func(a, b interface{}) bool { return a != b },
	"omitNil":             toJSON,
	// The mesh of the comparison has no tracing provider, without which these attributes are empty.
	"otelResourceAttributes": func(mesh, metadata, spec values) string { return "" },
	"podPorts":               podPorts,
	"toLower":                strings.ToLower,
	"valueOrDefault":         valueOrDefault,
}

func valueOrDefault(value, fallback interface{}) interface{} {
	if value == nil || value == "" {
		return fallback
	}
	return value
}

func appendMultusNetwork(networks interface{}, network string) string {
	if text := texts([]interface{}{networks}); text != "" {
		return text + ", " + network
	}
	return network
}

func texts(parts []interface{}) string {
	text := ""
	for _, part := range parts {
		if part != nil {
			text += fmt.Sprint(part)
		}
	}
	return text
}

func index(container interface{}, key interface{}) interface{} {
	switch c := container.(type) {
	case values:
		return c[key.(string)]
	case []string:
		if i := key.(int); i < len(c) {
			return c[i]
		}
	}
	return nil
}

func annotation(metadata values, name string, fallback ...interface{}) string {
	if annotations, ok := metadata["annotations"].(values); ok {
		if value, ok := annotations[name].(string); ok {
			return value
		}
	}
	return texts(fallback)
}

func excludeInboundPort(port, list string) string {
	if port == "" || port == "0" {
		return list
	}
	if list == "" {
		return port
	}
	for _, other := range strings.Split(list, ",") {
		if other == port {
			return list
		}
	}
	return list + "," + port
}

func containers(spec values) []values {
	var found []values
	list, _ := spec["containers"].([]interface{})
	for _, item := range list {
		found = append(found, item.(values))
	}
	return found
}

func appContainers(spec values) []string {
	var names []string
	for _, container := range containers(spec) {
		if name := container["name"].(string); name != proxyName {
			names = append(names, name)
		}
	}
	return names
}

// podPorts gives a JSON array, escaped for the double quotes around it in the template.
func podPorts(spec values) string {
	var ports []string
	for _, container := range containers(spec) {
		list, _ := container["ports"].([]interface{})
		for _, port := range list {
			ports = append(ports, "\n    "+toJSON(port))
		}
	}
	quoted := strconv.Quote("[" + strings.Join(ports, ",") + "\n]")
	return quoted[1 : len(quoted)-1]
}

func fromJSON(text interface{}) (interface{}, error) {
	var value interface{}
	if text == nil || text == "" {
		return nil, nil
	}
	return value, json.Unmarshal([]byte(text.(string)), &value)
}

func named(name string, value interface{}) string {
	item := values{"name": name}
	for key, member := range value.(values) {
		item[key] = member
	}
	return toJSON(item)
}
