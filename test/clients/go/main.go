// An agent that answers a question a line. Where its spans go, the environment says.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var tracer = otel.Tracer("weather-agent")
var weather = map[string]string{"Lisbon": "sunny", "Oslo": "snow"}

func main() {
	ctx := context.Background()
	exporter, err := autoexport.NewSpanExporter(ctx) // go.opentelemetry.io/contrib/exporters/autoexport
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)) // go.opentelemetry.io/otel/sdk/trace
	defer provider.Shutdown(ctx)
	otel.SetTracerProvider(provider)

	questions := bufio.NewScanner(os.Stdin)
	for number := 1; questions.Scan(); number++ {
		fmt.Println(answer(ctx, number, questions.Text()))
	}
}

func answer(ctx context.Context, number int, city string) string {
	ctx, span := tracer.Start(ctx, "question", trace.WithAttributes(
		attribute.String("workflow_id", fmt.Sprintf("question-%d", number)),
		attribute.String("user_id", "ada"),
		attribute.String("query", city),
	))
	defer span.End()
	forecast := forecast(ctx, number, city)
	span.SetAttributes(attribute.String("final_answer", forecast))
	return forecast
}

func forecast(ctx context.Context, number int, city string) string {
	ctx, span := tracer.Start(ctx, "invoke_agent forecaster", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "invoke_agent"),
		attribute.String("gen_ai.agent.name", "forecaster"),
	))
	defer span.End()
	askModel(ctx, 100*number, number, 0)
	found := lookUp(ctx, city)
	askModel(ctx, 200*number, 2*number, 10*number)
	return found
}

func askModel(ctx context.Context, inputTokens, outputTokens, cachedTokens int) {
	_, span := tracer.Start(ctx, "chat gpt-4o-mini", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-4o-mini"),
	))
	defer span.End()
	span.SetAttributes(
		attribute.Int("gen_ai.usage.input_tokens", inputTokens),
		attribute.Int("gen_ai.usage.output_tokens", outputTokens),
		attribute.Int("gen_ai.usage.cache_read.input_tokens", cachedTokens),
	)
}

func lookUp(ctx context.Context, city string) string {
	arguments, _ := json.Marshal(map[string]string{"city": city})
	_, span := tracer.Start(ctx, "execute_tool weather", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("gen_ai.tool.name", "weather"),
		attribute.String("gen_ai.tool.call.arguments", string(arguments)),
	))
	defer span.End()
	found, known := weather[city]
	if !known {
		span.SetStatus(codes.Error, "no such city")
		return "unknown"
	}
	span.SetAttributes(attribute.String("gen_ai.tool.call.result", found))
	return found
}
