// Around the SDK of Pi: reads one JSON object from standard input, prints one event a line.
//
// Started as `node runner.mjs CLI`, where CLI is the script of the program whose package is used.

import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const MISSING = 3;
const CRASHED = 4;
const REPEATED = new Set(["message_start", "turn_end", "tool_execution_update"]);

function emit(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function told(error) {
  return error instanceof Error ? error.message : String(error);
}

function end(code, text) {
  process.exitCode = code;
  process.stdout.write(`${JSON.stringify({ type: "harness.error", error: text })}\n`, () => {
    process.exit(code);
  });
}

function packageOf(cli) {
  let directory = dirname(realpathSync(cli));
  while (directory !== dirname(directory)) {
    try {
      const found = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
      if (found.name?.endsWith("/pi-coding-agent")) return join(directory, found.main);
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    directory = dirname(directory);
  }
  throw new Error(`no package of Pi holds ${cli}`);
}

async function load(cli) {
  try {
    return await import(pathToFileURL(packageOf(cli)).href);
  } catch (error) {
    end(
      MISSING,
      `the SDK of Pi cannot be loaded from ${cli}: ${told(error).split("\n")[0]}; ` +
        "install it with all its dependencies: npm install -g @earendil-works/pi-coding-agent",
    );
    return null;
  }
}

function print(event, state) {
  if (REPEATED.has(event.type)) return;
  if (event.type === "message_update") {
    // Each holds all that was said so far; that the model has begun to answer is enough.
    if (!state.begun) emit({ type: "message_update" });
    state.begun = true;
  } else if (event.type === "agent_end") {
    emit({ type: "agent_end", willRetry: event.willRetry === true });
  } else {
    emit(event);
  }
}

async function run(sdk, job) {
  const cwd = process.cwd();
  const agentDir = job.agentDir ?? sdk.getAgentDir();
  const settingsManager = sdk.SettingsManager.create(cwd, agentDir, { projectTrusted: false });
  const modelRuntime = await sdk.ModelRuntime.create({
    authPath: join(agentDir, "auth.json"),
    modelsPath: join(agentDir, "models.json"),
  });
  const resourceLoader = new sdk.DefaultResourceLoader({
    cwd,
    agentDir,
    settingsManager,
    noExtensions: job.bare,
    noSkills: job.bare,
    noPromptTemplates: job.bare,
    noThemes: job.bare,
    noContextFiles: true,
    additionalExtensionPaths: job.extensions,
    systemPrompt: job.systemPrompt ?? undefined,
    appendSystemPrompt: job.appendSystemPrompt,
  });
  await resourceLoader.reload();
  const options = { cliProvider: job.provider, cliModel: job.model, cliThinking: job.thinking };
  for (const [name, value] of Object.entries(options)) {
    if (value === null) delete options[name];
  }
  const chosen = options.cliModel ? sdk.resolveCliModel({ ...options, modelRuntime }) : {};
  if (chosen.error) return end(MISSING, `Pi was not asked: ${chosen.error}`);
  const { session } = await sdk.createAgentSession({
    cwd,
    agentDir,
    modelRuntime,
    settingsManager,
    resourceLoader,
    model: chosen.model,
    thinkingLevel: job.thinking ?? chosen.thinkingLevel,
    tools: job.tools ?? undefined,
    excludeTools: job.excludeTools ?? undefined,
    sessionManager: sdk.SessionManager.inMemory(cwd),
  });
  await session.bindExtensions({});
  const state = { begun: false };
  const stop = () => void session.abort();
  process.once("SIGTERM", stop);
  session.subscribe((event) => print(event, state));
  emit({ type: "session" });
  await session.prompt(job.prompt);
  session.dispose();
}

const sdk = await load(process.argv[2]);
if (sdk !== null) {
  try {
    await run(sdk, JSON.parse(readFileSync(0, "utf8")));
  } catch (error) {
    console.error(error);
    end(CRASHED, `the SDK of Pi crashed: ${told(error)}`);
  }
}
