import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.function.Function;
import java.util.logging.Logger;

/** An agent that answers a question a line. It knows OpenTelemetry's API only: where its spans go, the environment says. */
public class App {
  static final Tracer tracer = GlobalOpenTelemetry.getTracer("weather-agent");
  static final Logger log = Logger.getLogger("weather-agent");
  static final Map<String, String> weather = Map.of("Lisbon", "sunny", "Oslo", "snow");

  public static void main(String[] arguments) throws IOException {
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
    int number = 0;
    for (String city; (city = questions.readLine()) != null; ) System.out.println(answer(++number, city));
  }

  static String answer(int number, String city) {
    SpanBuilder run =
        tracer
            .spanBuilder("question")
            .setAttribute("workflow_id", "question-" + number)
            .setAttribute("user_id", "ada")
            .setAttribute("query", city);
    return in(
        run,
        span -> {
          String forecast = forecast(number, city);
          span.setAttribute("final_answer", forecast);
          return forecast;
        });
  }

  static String forecast(int number, String city) {
    SpanBuilder agent =
        tracer
            .spanBuilder("invoke_agent forecaster")
            .setAttribute("gen_ai.operation.name", "invoke_agent")
            .setAttribute("gen_ai.agent.name", "forecaster");
    return in(
        agent,
        span -> {
          askModel(100 * number, number, 0);
          String found = lookUp(city);
          askModel(200 * number, 2 * number, 10 * number);
          return found;
        });
  }

  static void askModel(int inputTokens, int outputTokens, int cachedTokens) {
    SpanBuilder call =
        tracer
            .spanBuilder("chat gpt-4o-mini")
            .setSpanKind(SpanKind.CLIENT)
            .setAttribute("gen_ai.operation.name", "chat")
            .setAttribute("gen_ai.provider.name", "openai")
            .setAttribute("gen_ai.request.model", "gpt-4o-mini");
    in(
        call,
        span ->
            span.setAttribute("gen_ai.usage.input_tokens", inputTokens)
                .setAttribute("gen_ai.usage.output_tokens", outputTokens)
                .setAttribute("gen_ai.usage.cache_read.input_tokens", cachedTokens));
  }

  static String lookUp(String city) {
    SpanBuilder tool =
        tracer
            .spanBuilder("execute_tool weather")
            .setAttribute("gen_ai.operation.name", "execute_tool")
            .setAttribute("gen_ai.tool.name", "weather")
            .setAttribute("gen_ai.tool.call.arguments", "{\"city\": \"" + city + "\"}");
    return in(
        tool,
        span -> {
          String found = weather.get(city);
          if (found != null) {
            span.setAttribute("gen_ai.tool.call.result", found);
            return found;
          }
          log.warning("the tool failed");
          span.setStatus(StatusCode.ERROR, "no such city");
          return "unknown";
        });
  }

  static <Result> Result in(SpanBuilder builder, Function<Span, Result> work) {
    Span span = builder.startSpan();
    try (Scope scope = span.makeCurrent()) {
      return work.apply(span);
    } finally {
      span.end();
    }
  }
}
