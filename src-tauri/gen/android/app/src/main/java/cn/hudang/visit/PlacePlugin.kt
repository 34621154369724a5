package cn.hudang.visit

import android.app.Activity
import android.location.Location
import android.location.LocationManager
import android.os.Build
import android.os.SystemClock
import app.tauri.annotation.Command
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.JSObject
import app.tauri.plugin.Plugin

/** How old a place may be to say something about the one that the page has just had, in nanoseconds. */
private const val RECENT_NS = 120_000_000_000L

/** Says whether a place is simulated: the web view gets places from the phone, but not where the phone has them from. */
@TauriPlugin
class PlacePlugin(private val activity: Activity) : Plugin(activity) {
    /** Answers `mocked`: whether any of the phone's sources gave a simulated place in the last two minutes. */
    @Command
    fun placeMocked(invoke: Invoke) {
        val manager = activity.getSystemService(LocationManager::class.java)
        val isMocked = try {
            manager.allProviders.mapNotNull { manager.getLastKnownLocation(it) }.any { isRecent(it) && isMock(it) }
        } catch (_: SecurityException) {
            // The page has no place either then.
            false
        }
        invoke.resolve(JSObject().apply { put("mocked", isMocked) })
    }

    private fun isRecent(place: Location): Boolean =
        SystemClock.elapsedRealtimeNanos() - place.elapsedRealtimeNanos < RECENT_NS

    private fun isMock(place: Location): Boolean =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            place.isMock
        } else {
            @Suppress("DEPRECATION")
            place.isFromMockProvider
        }
}
