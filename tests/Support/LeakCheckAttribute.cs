using System.Reflection;
using Xunit.Sdk;

namespace SspNative.Tests.Support;

/// <summary>
/// For tests that compute on the process's own device: the number of its live buffers must be the same after a test as before it.
/// Others derive from <see cref="DeviceTest"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LeakCheckAttribute : BeforeAfterTestAttribute
{
    private int _before;

    public override void Before(MethodInfo methodUnderTest) => _before = TestDevices.Shared.LiveBuffers;

    public override void After(MethodInfo methodUnderTest)
    {
        int after = TestDevices.Shared.LiveBuffers;
        if (after != _before)
            throw new InvalidOperationException(
                $"{methodUnderTest.Name} began with {_before} live buffers of {TestDevices.Shared.Description} and ended with {after}");
    }
}
