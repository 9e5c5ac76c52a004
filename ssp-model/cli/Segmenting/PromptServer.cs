using System.ClientModel;
using System.ClientModel.Primitives;
using System.CommandLine;
using System.Net.Sockets;
using Microsoft.Extensions.AI;
using OpenAI;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Media;
using SspNative.Model.Prompting;

namespace SspNative.Cli.Segmenting;

/// <summary>The options that name a server of a language model and what it is asked, shared by the verbs that ask one.</summary>
/// <param name="prefix">What the options of server and model begin with, <c>--</c> or more.</param>
internal sealed class PromptServer(string prefix)
{
    private const string Off = "none";

    private const int Retries = 2;

    public Option<string> Url { get; } = new($"{prefix}server")
    {
        Description = "An OpenAI-compatible server of a language model that sees, such as llama.cpp's, vLLM or Ollama: http://localhost:8080/v1.",
        HelpName = "URL",
    };

    public Option<string> Model { get; } = new($"{prefix}model")
    {
        Description = "The model's name, as the server knows it; llama.cpp's takes any.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "default",
    };

    public Option<string> Questions { get; } = new Option<string>("--questions")
    {
        Description = "What is asked: paper, the two questions of its §4.2; a, b, c or d, the variants of its Fig. 7 from the worst to the best.",
        HelpName = "paper|a|b|c|d",
        DefaultValueFactory = _ => "paper",
    }.OneOf([.. PromptQuestions.Presets.Keys]);

    public Option<bool> NoSound { get; } = new("--no-sound")
    {
        Description = "Do not send the clip's sound along. A server that refuses it is asked without it anyway.",
    };

    public Option<string> Cache { get; } = new("--prompts-cache")
    {
        Description = "Where answers are kept, so that nothing is asked twice; none asks every time. [default: ssp/prompts in the user's cache folder]",
        HelpName = "DIR",
    };

    public Option<int> Timeout { get; } = new("--timeout")
    {
        Description = "Seconds to wait for an answer.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 300,
    };

    /// <summary>All options but that of the server.</summary>
    public IReadOnlyList<Option> Others => [Model, Questions, NoSound, Cache, Timeout];

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Url, .. Others])
            command.Add(option);
    }

    /// <summary>The questions that are asked.</summary>
    public PromptQuestions Asked(ParseResult parsed) => PromptQuestions.Presets[parsed.GetRequiredValue(Questions)];

    /// <summary>Asks about clips, one after the other.</summary>
    /// <exception cref="InputException">The server cannot be reached or refuses, or a clip cannot be read.</exception>
    public IReadOnlyList<PromptedClip> Ask(ParseResult parsed, IReadOnlyList<ClipSource> clips, StageProgress progress)
    {
        using IChatClient client = Open(parsed);
        var prompter = new ClipPrompter(client, parsed.GetRequiredValue(Model), Asked(parsed), OpenCache(parsed)) { SendsSound = !parsed.GetValue(NoSound) };
        var answers = new List<PromptedClip>();
        progress("prompts", 0, clips.Count);
        foreach (ClipSource clip in clips)
        {
            try
            {
                answers.Add(prompter.AskAsync(clip, parsed.Stop()).GetAwaiter().GetResult());
            }
            catch (RefusedRequestException e)
            {
                throw new InputException(e.Message, e);
            }
            progress("prompts", answers.Count, clips.Count);
        }
        return answers;
    }

    private PromptCache? OpenCache(ParseResult parsed)
    {
        string? folder = parsed.GetValue(Cache);
        return folder == Off ? null : new PromptCache(
            folder ?? UsualFolder() ?? throw new InputException($"{Cache.Name}: this account has no folder for caches; name one, or {Off}"));
    }

    /// <summary>Where answers are kept unless the user names a place; null where the account has no folder for it.</summary>
    internal static string? UsualFolder() => CacheFolder.Of("prompts");

    private Server Open(ParseResult parsed)
    {
        string url = parsed.GetValue(Url)!;
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https"))
            throw new InputException($"{Url.Name} {url}: not a server's address; one is http://localhost:8080/v1");
        int seconds = parsed.GetRequiredValue(Timeout);
        if (seconds is < 1 or > 86_400)
            throw new InputException($"{Timeout.Name} {seconds}: must be 1 … 86400 seconds");
        var options = new OpenAIClientOptions
        {
            Endpoint = endpoint,
            NetworkTimeout = TimeSpan.FromSeconds(seconds),
            RetryPolicy = new BoundedRetries(TimeSpan.FromSeconds(seconds)),
        };
        // Servers of one's own ask for no key, but the client does not go without one.
        var client = new OpenAIClient(new ApiKeyCredential("none"), options);
        return new Server(client.GetChatClient(parsed.GetRequiredValue(Model)).AsIChatClient(), url);
    }

    /// <summary>Tries again a few times. A server that asks for patience is given at most as much as an answer may take.</summary>
    private sealed class BoundedRetries(TimeSpan longest) : ClientRetryPolicy(Retries)
    {
        protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount)
        {
            TimeSpan delay = base.GetNextDelay(message, tryCount);
            return delay < longest ? delay : longest;
        }
    }

    /// <summary>A server whose failures are one line that names it.</summary>
    private sealed class Server(IChatClient inner, string url) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && Inner(e) is { } cause)
            {
                string hint = url.Contains("/v1", StringComparison.Ordinal) ? "" : "; most servers' addresses end in /v1";
                if (cause is ClientResultException { Status: > 0 } refused)
                {
                    string line = $"{url}: the server answers with status {refused.Status}: {refused.Message}{hint}";
                    throw IsOfAnyRequest(refused.Status) ? new InputException(line, e) : new RefusedRequestException(line, e);
                }
                string why = cause switch
                {
                    OperationCanceledException or TimeoutException => "it does not answer in time",
                    ClientResultException or HttpRequestException or SocketException or IOException => Deepest(cause).Message,
                    _ => $"its answer is no chat completion{hint}",
                };
                throw new InputException($"{url}: the server cannot be asked: {why}", e);
            }
        }

        // No key, or too busy: whatever is sent.
        private static bool IsOfAnyRequest(int status) => status is 401 or 403 or 429 or 503;

        // What a failure of the request is; null for a defect of ours.
        private static Exception? Inner(Exception thrown) => thrown switch
        {
            AggregateException all => all.Flatten().InnerExceptions.Select(Inner).LastOrDefault(e => e is not null),
            ClientResultException or HttpRequestException or SocketException or IOException or OperationCanceledException or TimeoutException
                or System.Text.Json.JsonException or FormatException or InvalidOperationException or ArgumentException or KeyNotFoundException => thrown,
            _ => null,
        };

        private static Exception Deepest(Exception thrown)
        {
            while (thrown.InnerException is { } inner)
                thrown = inner;
            return thrown;
        }
    }
}
