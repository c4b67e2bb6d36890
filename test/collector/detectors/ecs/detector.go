// Package ecs detects nothing.
package ecs

import "go.opentelemetry.io/otel/sdk/resource"

func NewResourceDetector() resource.Detector { return nil }
