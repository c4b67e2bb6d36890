"""Asks a model once by each of the named SDKs, each in a run of its own. It knows no instrumentation: the environment does."""

import asyncio
import os
import sys

from opentelemetry import trace

api = os.environ["MODEL_API"]
question = "How is the weather in Lisbon?"


def openai():
    from openai import OpenAI

    client = OpenAI(base_url=f"{api}/v1", api_key="none")
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])


def anthropic():
    from anthropic import Anthropic

    client = Anthropic(base_url=api, api_key="none")
    client.messages.create(
        model="claude-sonnet-4-5", max_tokens=100, messages=[{"role": "user", "content": question}]
    )


def google_genai():
    from google import genai

    client = genai.Client(api_key="none", http_options={"base_url": api})
    client.models.generate_content(model="gemini-2.5-flash", contents=question)


def langchain():
    from langchain_openai import ChatOpenAI

    ChatOpenAI(model="gpt-4o-mini", base_url=f"{api}/v1", api_key="none").invoke(question)


def openai_agents():
    from agents import Agent, OpenAIResponsesModel, Runner
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=f"{api}/v1", api_key="none")
    agent = Agent(name="forecaster", model=OpenAIResponsesModel("gpt-4o-mini", client))
    asyncio.run(Runner.run(agent, question))


for sdk in sys.argv[1:]:
    with trace.get_tracer("calls").start_as_current_span("question", attributes={"workflow_id": sdk}):
        globals()[sdk.replace("-", "_")]()
