using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Files;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Prompting;

/// <summary>A server refused a request, as servers do that take no sound.</summary>
public sealed class RefusedRequestException(string message, Exception cause) : Exception(message, cause);

/// <summary>What came of asking about a clip.</summary>
/// <param name="Prompts">A1, and A2 as nouns with commas.</param>
/// <param name="IsFromCache">Whether nobody had to be asked.</param>
/// <param name="WasHeard">Whether the clip's sound was sent along.</param>
public sealed record PromptedClip(Prompts Prompts, bool IsFromCache, bool WasHeard);

/// <summary>
/// Asks a language model that sees about a clip (§4.2 of the paper): Q1 with the clip's frames, and its sound where the model takes it, then Q2 in the
/// same conversation; both at temperature 0.
/// </summary>
/// <param name="client">The model, such as a client of an OpenAI-compatible server.</param>
/// <param name="model">Its name, for the cache.</param>
/// <param name="questions">What is asked.</param>
/// <param name="cache">Where answers are kept; null asks every time.</param>
public sealed class ClipPrompter(IChatClient client, string model, PromptQuestions questions, PromptCache? cache)
{
    /// <summary>Longer clips are shown by so many frames, evenly chosen.</summary>
    public const int MostFrames = 32;

    /// <summary>Larger frames are made smaller, to this longest side.</summary>
    public const int LongestSide = 768;

    /// <summary>Longer sound is cut: only its beginning is sent.</summary>
    public const int MostSeconds = 60;

    private const int JpegQuality = 90;

    private const string Thought = "<think>", ThoughtEnd = "</think>";

    /// <summary>Whether a clip's sound is sent along. A server that refuses it is asked again without.</summary>
    public bool SendsSound { get; init; } = true;

    /// <summary>Asks about a clip, unless the answers are known.</summary>
    /// <exception cref="InputException">The clip cannot be read, or an answer is empty or has no noun.</exception>
    /// <exception cref="RefusedRequestException">The client throws it where a server refuses a request.</exception>
    public async Task<PromptedClip> AskAsync(ClipSource clip, CancellationToken stop = default)
    {
        Image[] frames = [.. Chosen(clip).Select(Small)];
        byte[]? sound = SendsSound && clip.HasAudio ? Wav(clip) : null;
        try
        {
            return await AskAsync(clip.Location, frames, sound, stop).ConfigureAwait(false);
        }
        catch (RefusedRequestException) when (sound is not null)
        {
            return await AskAsync(clip.Location, frames, null, stop).ConfigureAwait(false);
        }
    }

    // Answers are known by what was sent.
    private async Task<PromptedClip> AskAsync(string clip, Image[] frames, byte[]? sound, CancellationToken stop)
    {
        string key = Key(frames, sound);
        if (cache?.Find(key) is { } known)
            return new PromptedClip(known, IsFromCache: true, sound is not null);
        Prompts prompts = await ConverseAsync(clip, frames, sound, stop).ConfigureAwait(false);
        cache?.Keep(key, prompts, questions, model);
        return new PromptedClip(prompts, IsFromCache: false, sound is not null);
    }

    private async Task<Prompts> ConverseAsync(string clip, Image[] frames, byte[]? sound, CancellationToken stop)
    {
        List<AIContent> shown = [.. frames.Select(f => new DataContent(f.ToJpeg(JpegQuality), "image/jpeg"))];
        if (sound is not null)
            shown.Add(new DataContent(sound, "audio/wav"));
        shown.Add(new TextContent(questions.First));
        List<ChatMessage> conversation = [new(ChatRole.User, shown)];
        string first = await AnswerAsync(conversation, $"{clip}: the answer to the first question", stop).ConfigureAwait(false);
        conversation.Add(new ChatMessage(ChatRole.Assistant, first));
        conversation.Add(new ChatMessage(ChatRole.User, questions.Second));
        string second = await AnswerAsync(conversation, $"{clip}: the answer to the second question", stop).ConfigureAwait(false);
        IReadOnlyList<string> nouns = NounList.Parse(second);
        return nouns.Count > 0
            ? new Prompts(first, string.Join(", ", nouns))
            : throw new InputException($"{clip}: the answer to the second question has no noun: {InputFile.Quote(second)}");
    }

    private async Task<string> AnswerAsync(List<ChatMessage> conversation, string what, CancellationToken stop)
    {
        ChatResponse response = await client.GetResponseAsync(conversation, new ChatOptions { Temperature = 0 }, stop).ConfigureAwait(false);
        string text = WithoutThought(response.Text).Trim();
        if (text.Length == 0)
            throw new InputException($"{what} is empty");
        return text.Length <= Prompts.MostCharacters
            ? text
            : throw new InputException($"{what} has {text.Length} characters, at most {Prompts.MostCharacters} are read");
    }

    // Models that reason aloud do so before they answer. Some begin without a mark.
    private static string WithoutThought(string answer)
    {
        int end = answer.LastIndexOf(ThoughtEnd, StringComparison.Ordinal);
        return end >= 0 ? answer[(end + ThoughtEnd.Length)..] : answer.TrimStart().StartsWith(Thought, StringComparison.Ordinal) ? "" : answer;
    }

    private static IEnumerable<Image> Chosen(ClipSource clip)
    {
        int count = clip.FrameCount, taken = Math.Min(count, MostFrames), next = 0, index = 0;
        foreach (Image frame in clip.Frames())
        {
            if (next < taken && index == (int)((next + 0.5) * count / taken))
            {
                next++;
                yield return frame;
            }
            index++;
        }
    }

    private static Image Small(Image frame)
    {
        int longest = Math.Max(frame.Width, frame.Height);
        return longest <= LongestSide
            ? frame
            : PilResize.Resize(
                frame, Math.Max(1, frame.Width * LongestSide / longest), Math.Max(1, frame.Height * LongestSide / longest), ResampleFilter.Bilinear);
    }

    private static byte[] Wav(ClipSource clip)
    {
        float[] samples = [.. clip.AudioBlocks().SelectMany(b => b).Take(MostSeconds * ClipSource.AudioRate)];
        return Soundtrack.ToWav(Array.ConvertAll(samples, s => (short)MathF.Round(Math.Clamp(s, -1f, 1f) * short.MaxValue)));
    }

    // What is asked and what is shown, whatever encodes the pictures.
    private string Key(Image[] frames, byte[]? sound)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in (string[])[model, questions.First, questions.Second])
            Append(Encoding.UTF8.GetBytes(text));
        foreach (Image frame in frames)
        {
            Append(MemoryMarshal.AsBytes<int>([frame.Width, frame.Height]));
            Append(frame.Rgb);
        }
        Append(sound ?? []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([bytes.Length]));
            hash.AppendData(bytes);
        }
    }
}
