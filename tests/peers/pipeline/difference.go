package main

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

type operation struct {
	Op    string      `json:"op"`
	Path  string      `json:"path"`
	Value interface{} `json:"value,omitempty"`
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// difference gives the JSON patch between two documents: maps by member, lists by index.
func difference(before, after []byte) []operation {
	var b, a interface{}
	check(json.Unmarshal(before, &b))
	check(json.Unmarshal(after, &a))
	return compare(nil, "", b, a)
}

func compare(found []operation, path string, before, after interface{}) []operation {
	switch a := after.(type) {
	case map[string]interface{}:
		if b, ok := before.(map[string]interface{}); ok {
			return compareMaps(found, path, b, a)
		}
	case []interface{}:
		if b, ok := before.([]interface{}); ok {
			return compareLists(found, path, b, a)
		}
	}
	if !reflect.DeepEqual(before, after) {
		found = append(found, operation{"replace", path, after})
	}
	return found
}

func compareMaps(found []operation, path string, before, after map[string]interface{}) []operation {
	for key := range before {
		if _, stays := after[key]; !stays {
			found = append(found, operation{Op: "remove", Path: path + "/" + escape.Replace(key)})
		}
	}
	for key, value := range after {
		at := path + "/" + escape.Replace(key)
		if old, was := before[key]; was {
			found = compare(found, at, old, value)
		} else {
			found = append(found, operation{"add", at, value})
		}
	}
	return found
}

func compareLists(found []operation, path string, before, after []interface{}) []operation {
	for i, value := range after {
		at := path + "/" + strconv.Itoa(i)
		if i < len(before) {
			found = compare(found, at, before[i], value)
		} else {
			found = append(found, operation{"add", at, value})
		}
	}
	for i := len(before) - 1; i >= len(after); i-- {
		found = append(found, operation{Op: "remove", Path: path + "/" + strconv.Itoa(i)})
	}
	return found
}
