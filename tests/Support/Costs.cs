using System.Diagnostics;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>What a small input may cost: 2 s and 64 MB.</summary>
internal static class Costs
{
    private const double MostSeconds = 2;
    private const long MostBytes = 64 << 20;

    /// <summary>Runs an action within the bounds; returns what it returns.</summary>
    public static T Within<T>(Func<T> action)
    {
        long start = Stopwatch.GetTimestamp(), allocated = GC.GetAllocatedBytesForCurrentThread();
        T result = action();
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < MostSeconds, $"took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        Assert.True(allocated < MostBytes, $"allocated {allocated >> 20} MB");
        return result;
    }

    /// <summary>The one line of the error that an action ends in, within the bounds.</summary>
    public static string ErrorWithin<TException>(Action action)
        where TException : Exception
    {
        string message = Within(() => Assert.Throws<TException>(action)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.True(message.Length < 1000, $"a message of {message.Length} characters");
        return message;
    }
}
